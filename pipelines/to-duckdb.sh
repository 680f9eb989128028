#!/usr/bin/env bash
# to-duckdb.sh - bring what Klaviyo has into DuckDB and files of Parquet.
#
# Usage:   to-duckdb.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: of profiles and events, what changed since.  The key as for
#          kl-pull.
#          FOLDER/schema.sql and FOLDER/load are what the tables look like.
#          DUCKDB is the program (duckdb), 1.2 or newer.
# Output:  FOLDER/klaviyo.duckdb, or the file that DATABASE names, and each of
#          its tables as FOLDER/parquet/TABLE.parquet; how many rows were
#          written on stdout.  A run with nothing new writes no rows.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# Rows are deleted only by a listing that kl-pull has said is complete.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=pipelines/common.bash
. "$here/common.bash"
# shellcheck source=pipelines/streams.bash
. "$here/streams.bash"

duck() {
	"${DUCKDB:-duckdb}" -bail -batch -noheader -list \
		"${DATABASE:-klaviyo.duckdb}"
}

# load HOW KIND FILE GROUP: ids have letters and digits only.
load() {
	local end=commit of text
	[ "$dry" = no ] || end=rollback
	case $4 in
	*[!A-Za-z0-9]*) die 64 "streams: no id: $4" ;;
	esac
	text=$(cat schema.sql load/stage.sql "load/$2.sql")
	text=${text//":'how'"/"'$1'"}
	text=${text//":'group'"/"'$4'"}
	of=$(owner "$2")
	text=${text//:members/${of}_person}
	text=${text//:owner/${of}_id}
	text=${text//":'file'"/"'$3'"}
	duck <<<"begin; $text"$'\n'"$end;" || return 74
}

# A file of Parquet is whole or as it was.
export_tables() {
	local tables t
	mkdir -p parquet
	tables=$(sed -n 's/^create table if not exists \([a-z_]*\).*/\1/p' \
		schema.sql)
	while read -r t; do
		printf "copy (select * from %s order by all) to
			'parquet/%s.part' (format parquet, compression zstd);\n" \
			"$t" "$t"
	done <<<"$tables" | duck >/dev/null || exit 74
	while read -r t; do
		mv "parquet/$t.part" "parquet/$t.parquet"
	done <<<"$tables"
}

load_streams "$@"
[ "$dry" = yes ] || export_tables
