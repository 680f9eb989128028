#!/usr/bin/env bash
# to-duckdb.sh - bring what Klaviyo has into DuckDB and files of Parquet.
#
# Usage:   to-duckdb.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: of profiles and events, what changed since.
#          FOLDER/tables, what becomes of it.  The key as for kl-pull.
#          DUCKDB is the program (duckdb), 1.2 or newer.
# Output:  FOLDER/klaviyo.duckdb, or the file that DATABASE names, and each of
#          its tables as FOLDER/parquet/TABLE.parquet; how many rows were
#          written on stdout.  A run with nothing new writes no rows.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# Rows are deleted only by a listing that kl-pull has said is complete.
set -euo pipefail

# shellcheck source=pipelines/tables.bash
. "$(dirname "${BASH_SOURCE[0]}")/tables.bash"

declare -A types=([text]=varchar [time]=timestamptz [bool]=boolean [json]=json)
view='create or replace view'
indexes=no

member() {
	printf "data ->> '\$.\"%s\"'" "${1//./\".\"}"
}

# DuckDB rounds numbers when it makes JSON anew: rest is all of the record, as
# it was.
stage() {
	cat <<-SQL
	create temporary table record as
	select data::json as data, data::json as rest
	from read_csv('$1', columns = {'data': 'varchar'}, delim = '\x01',
	    quote = '', escape = '', header = false, auto_detect = false,
	    max_line_size = 16777216)
	qualify row_number() over (
	    partition by data ->> '$.id', data ->> '$.reason'
	    order by (data ->> '$.updated')::timestamptz desc nulls last
	) = 1;
	SQL
}

# What is here stays if it is newer, and if the record is a member's and no
# newer: with members of a group come fewer members of data than with profiles.
people() {
	local older='>'
	[ "$1" = profiles ] || older='>='
	cat <<-SQL
	create temporary table newer as
	select people.data, people.data as rest
	from (
	    select
	        case when p.updated $older (r.data ->> '$.updated')::timestamptz
	            then p.data
	            else r.rest
	        end as data
	    from record as r left join person as p on p.id = (r.data ->> '$.id')
	) as people;
	SQL
}

duck() {
	"${DUCKDB:-duckdb}" -bail -batch -noheader -list \
		"${DATABASE:-klaviyo.duckdb}"
}

run() {
	duck <<-SQL || return 74
	begin;
	$1
	$end;
	SQL
}

# A file of Parquet is whole or as it was.
export_tables() {
	local t tables
	mkdir -p parquet
	tables=$(table_names)
	for t in $tables; do
		printf "copy (select * from %s order by all) to
			'parquet/%s.part' (format parquet, compression zstd);\n" \
			"$t" "$t"
	done | duck >/dev/null || exit 74
	for t in $tables; do
		mv "parquet/$t.part" "parquet/$t.parquet"
	done
}

load_streams "$@"
[ "$dry" = yes ] || export_tables
