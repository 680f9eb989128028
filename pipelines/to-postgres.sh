#!/usr/bin/env bash
# to-postgres.sh - bring what Klaviyo has into PostgreSQL, table by table.
#
# Usage:   to-postgres.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: what is new or changed since the last run.  The database is
#          said by libpq's variables; the key as for kl-pull.
#          FOLDER/schema.sql and FOLDER/load are what the tables look like.
# Output:  tables in the schema klaviyo, made by the first run; how many rows
#          were written on stdout.  A run with nothing new writes none.
# Exit:    0; 75: run the same again; others as in kl(7).
#
# What was pulled stays in FOLDER/state until the database has it: a run that
# is killed, at any moment, is continued by the next.  Rows are deleted only
# by a listing that kl-pull has said is complete.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=pipelines/common.bash
. "$here/common.bash"

usage='usage: to-postgres.sh [-n] FOLDER'
dry=no
if [ "${1:-}" = -n ]; then
	dry=yes
	shift
fi
[ $# -eq 1 ] || die 64 "$usage"
begin "$1"
[ -r streams ] || die 66 "no such file: $1/streams"

# load HOW KIND FILE ID: one transaction; what it prints is how many rows were
# inserted, updated and deleted.
load() {
	local end=commit
	[ "$dry" = no ] || end=rollback
	[ -r "load/$2.sql" ] || die 64 "streams: no table for $2"
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v how="$1" -v group="$4" \
		-c begin -f schema.sql -f load/stage.sql -f "load/$2.sql" \
		-c "$end" <"$3" 2>state/psql.log || {
		local s=$?
		cat state/psql.log >&2
		return $((s == 2 ? 75 : 74))
	}
}

# group WORD...: the list or segment that is named, if one is.
group() {
	local last=
	for word; do
		case $last in
		--list | --segment) echo "$word" ;;
		esac
		last=$word
	done
}

# stream HOW WORD...: pull it and load it.
stream() {
	local how=$1 name file told options=()
	shift
	name=$(tr -c 'A-Za-z0-9\n' - <<<"$*")
	file=state/$name.ndjson
	case $how in
	full) ;;
	new) options=(--state "state/$name.state") ;;
	*) die 64 "streams: how is full or new, not $how" ;;
	esac
	if [ "$dry" = yes ]; then
		file=$work/$name.ndjson
		[ "$how" = full ] || [ ! -e "state/$name.state" ] || {
			cp "state/$name.state" "$work/$name.state"
			options=(--state "$work/$name.state")
		}
	fi
	# A file that is there was pulled by a run that did not load it.
	[ -e "$file" ] ||
		kl-pull "$@" -q ${options[@]+"${options[@]}"} --output "$file"
	told=$(load "$how" "$1" "$file" "$(group "$@")")
	printf '%s\t%s\n' "$*" "$told"
	rm -f "$file"
}

if [ "$dry" = yes ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
fi
while read -r -a words <&3; do
	case ${words[0]:-} in
	'' | '#'*) ;;
	*) stream "${words[@]}" ;;
	esac
done 3<streams
