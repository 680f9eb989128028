#!/usr/bin/env bash
# to-postgres.sh - bring what Klaviyo has into PostgreSQL, table by table.
#
# Usage:   to-postgres.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: of profiles and events, what changed since.  The database is
#          said by libpq's variables; the key as for kl-pull.
#          FOLDER/schema.sql and FOLDER/load are what the tables look like.
# Output:  tables in the schema klaviyo, made by the first run; how many rows
#          were written on stdout.  A run with nothing new writes none.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# Rows are deleted only by a listing that kl-pull has said is complete.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=pipelines/common.bash
. "$here/common.bash"
# shellcheck source=pipelines/streams.bash
. "$here/streams.bash"

load() {
	local end=commit of s=0
	[ "$dry" = no ] || end=rollback
	of=$(owner "$2")
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v how="$1" -v group="$4" \
		-v members="${of}_person" -v owner="${of}_id" \
		-c begin -f schema.sql -f load/stage.sql -f "load/$2.sql" \
		-c "$end" <"$3" || s=$?
	[ "$s" -eq 0 ] || return $((s == 2 ? 75 : 74))
}

load_streams "$@"
