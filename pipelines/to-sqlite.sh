#!/usr/bin/env bash
# to-sqlite.sh - bring what Klaviyo has into a file of SQLite, table by table.
#
# Usage:   to-sqlite.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: of profiles and events, what changed since.  The key as for
#          kl-pull.
#          FOLDER/schema.sql and FOLDER/load are what the tables look like.
# Output:  FOLDER/klaviyo.db, or the file that DATABASE names; how many rows
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

# The shell of SQLite has no variables in scripts: :'how' and :'group' are put
# in here, ids having letters and digits only.
load() {
	local end=commit of text
	[ "$dry" = no ] || end=rollback
	case $4 in
	*[!A-Za-z0-9]*) die 64 "streams: no id: $4" ;;
	esac
	text=$(cat schema.sql load/stage.sql)
	text+=$'\n'".import '$3' line"$'\n'
	text+=$(cat load/record.sql "load/$2.sql")
	text=${text//":'how'"/"'$1'"}
	text=${text//":'group'"/"'$4'"}
	of=$(owner "$2")
	text=${text//:members/${of}_person}
	text=${text//:owner/${of}_id}
	sqlite3 -bail -batch "${DATABASE:-klaviyo.db}" \
		<<<".timeout 60000"$'\n'"begin immediate;"$'\n'"$text"$'\n'"$end;" ||
		return 74
}

load_streams "$@"
