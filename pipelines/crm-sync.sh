#!/usr/bin/env bash
# crm-sync.sh - bring the customers of a database into a list of Klaviyo: those
# that changed since the last run, and of them only what is new to Klaviyo.
#
# Usage:   crm-sync.sh [-n] [--full] FOLDER
#   -n      a dry run: say what would be sent, send and remember nothing
#   --full  look at all customers, not only at those that changed lately
# Input:   FOLDER/customers.sql, the query; FOLDER/sync.json, the mapping and
#          the list; DATABASE, either the word postgres (libpq's own variables
#          say which) or a file of SQLite; the key as for kl-push.
# Output:  FOLDER/state/rejects-TIME.ndjson, what was set aside; receipts on
#          stdout.  FOLDER/state keeps what the next run has to know.
# Exit:    0, 1 (some were set aside); 75: run the same again, it goes on where
#          it was; others as in kl(7).
#
# A run that is killed, at any moment, is continued by the next.  Customers
# are asked for from OVERLAP seconds (600) before the last run on, since a
# transaction may end later than the time it writes: what was sent already is
# recognized by kl-diff.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=pipelines/common.bash
. "$here/common.bash"

dry=no full=no
while [ $# -gt 1 ]; do
	case $1 in
	-n) dry=yes ;;
	--full) full=yes ;;
	*) die 64 "usage: crm-sync.sh [-n] [--full] FOLDER" ;;
	esac
	shift
done
[ $# -eq 1 ] || die 64 "usage: crm-sync.sh [-n] [--full] FOLDER"
[ -n "${DATABASE:-}" ] ||
	die 64 "set DATABASE to the word postgres, or to a file of SQLite"
begin "$1"

# changed_since TIME: what is new or changed, as profile records.
changed_since() {
	local s
	set +e
	query customers.sql "since=$1" |
		kl-map -q --from csv -c sync.json -r "$rejects" |
		kl-validate -q -r "$rejects" |
		kl-diff -q --state "$known" --key external_id --key email \
			-r "$rejects"
	s=("${PIPESTATUS[@]}")
	set -e
	passable "${s[@]}"
}

since='0001-01-01 00:00:00+00:00'
if [ "$full" = no ] && [ -s state/since ]; then
	since=$(<state/since)
fi
# The clock that the next run begins at is read before the rows are.
next=$(date -u -d "@$(($(date +%s) - ${OVERLAP:-600}))" '+%F %T+00:00')

if [ "$dry" = yes ]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	rejects=$work/rejects known=$work/known.db
	[ ! -e state/known.db ] || sqlite3 state/known.db ".backup '$known'"
	changed_since "$since" >"$work/changed"
	[ ! -s "$rejects" ] ||
		note "$(wc -l <"$rejects") rows would be set aside"
	exec kl-push add -n -c sync.json <"$work/changed"
fi

known=state/known.db
# What an earlier run has read and not brought to its end comes first.
if [ -e state/changed.ndjson ]; then
	note 'going on with what an earlier run has begun'
	rejects=$(<state/rejects)
else
	rejects=state/rejects-$(date -u +%Y%m%dT%H%M%S.%3NZ).ndjson
	echo "$rejects" >state/rejects
	echo "$next" >state/next
	whole state/changed.ndjson changed_since "$since"
fi

status=0
kl-push add -c sync.json -r "$rejects" --journal state/journal \
	--receipt-records <state/changed.ndjson >state/receipts.ndjson ||
	status=$?
# What has arrived is known, whatever became of the rest.
kl-diff -q --state "$known" --commit <state/receipts.ndjson
cat state/receipts.ndjson
passable "$status"
[ ! -s "$rejects" ] || status=1
mv state/next state/since
rm -f state/changed.ndjson state/receipts.ndjson state/journal* state/rejects
exit "$status"
