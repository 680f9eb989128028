#!/usr/bin/env bash
# to-postgres.sh - bring what Klaviyo has into PostgreSQL, table by table.
#
# Usage:   to-postgres.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: of profiles and events, what changed since.
#          FOLDER/tables, what becomes of it.  The database is said by
#          libpq's variables; the key as for kl-pull.
# Output:  tables in the schema klaviyo, made by the first run; how many rows
#          were written on stdout.  A run with nothing new writes none.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# Rows are deleted only by a listing that kl-pull has said is complete.
set -euo pipefail

# shellcheck source=pipelines/tables.bash
. "$(dirname "${BASH_SOURCE[0]}")/tables.bash"

declare -A types=([text]=text [time]=timestamptz [bool]=boolean [json]=jsonb)
view='create or replace view'
indexes=yes

member() {
	printf "data #>> '{%s}'" "${1//./,}"
}

# PostgreSQL has no text with a NUL, so an escaped one is left out.
stage() {
	cat <<-'SQL'
	create temporary table line (
	    n bigint generated always as identity,
	    text text
	);
	\copy line (text) from pstdin with (format csv, quote e'\x01', delimiter e'\x02')

	create temporary table record as
	select distinct on (data ->> 'id', data ->> 'reason')
	    data,
	    data - array['profile', 'metric', 'joined_group_at'] as rest
	from (
	    select
	        n,
	        regexp_replace(text, '(?<!\\)((\\\\)*)\\u0000', '\1', 'g')::jsonb
	            as data
	    from line
	) as lines
	order by data ->> 'id', data ->> 'reason',
	    (data ->> 'updated')::timestamptz desc nulls last, n desc;
	SQL
}

# Members of data that this stream does not bring stay as they are.
people() {
	cat <<-'SQL'
	create temporary table newer as
	select data, data as rest
	from (
	    select
	        case when p.updated > (r.data ->> 'updated')::timestamptz
	            then p.data
	            else coalesce(p.data, '{}') || r.rest
	        end as data
	    from record as r left join person as p on p.id = r.data ->> 'id'
	) as people;
	SQL
}

run() {
	local s=0
	psql -X -q -A -t -v ON_ERROR_STOP=1 \
		-c 'set client_min_messages = warning' -c begin \
		-c 'create schema if not exists klaviyo' \
		-c 'set local search_path = klaviyo' \
		-f <(echo "$1") -c "$end" <"$2" || s=$?
	[ "$s" -eq 0 ] || return $((s == 2 ? 75 : 74))
}

load_streams "$@"
