#!/usr/bin/env bash
# to-sqlite.sh - bring what Klaviyo has into a file of SQLite, table by table.
#
# Usage:   to-sqlite.sh [-n] FOLDER
#   -n     a dry run: pull, and roll the loading back
# Input:   FOLDER/streams, what to pull: a line each, of how and the words of
#          kl-pull.  full: all of it, rows that are gone are deleted;
#          new: of profiles and events, what changed since.
#          FOLDER/tables, what becomes of it.  The key as for kl-pull.
# Output:  FOLDER/klaviyo.db, or the file that DATABASE names; how many rows
#          were written on stdout.  A run with nothing new writes none.
# Exit:    0; 75: run the same again, it goes on; others as in kl(7).
#
# Rows are deleted only by a listing that kl-pull has said is complete.
set -euo pipefail

# shellcheck source=pipelines/tables.bash
. "$(dirname "${BASH_SOURCE[0]}")/tables.bash"

# Times are as the service writes them.
declare -A types=([text]=text [time]=text [bool]=integer [json]=text)
view='create view if not exists'
indexes=yes

member() {
	printf "data ->> '\$.\"%s\"'" "${1//./\".\"}"
}

stage() {
	cat <<-SQL
	create temporary table line (data text);
	.mode ascii
	.separator "\\001" "\\n"
	.import '$1' line
	.mode list

	create temporary table record as
	select
	    data,
	    json_remove(data, '$.profile', '$.metric', '$.joined_group_at') as rest
	from (
	    select
	        data,
	        row_number() over (
	            partition by data ->> 'id', data ->> 'reason'
	            order by julianday(data ->> 'updated') desc, rowid desc
	        ) as nth
	    from line
	)
	where nth = 1;
	SQL
}

# Members of data that this stream does not bring stay as they are, and all of
# them where they are, so that the same content is the same text.
people() {
	cat <<-'SQL'
	create temporary table newer (data text, rest text as (data));

	insert into newer
	select
	    case
	        when p.id is null or p.data = r.rest then r.rest
	        when julianday(p.updated) > julianday(r.data ->> 'updated')
	            then p.data
	        else (
	            select json_group_object(key, json(value)) from (
	                select
	                    0 as fresh,
	                    id,
	                    key,
	                    coalesce(r.rest -> fullkey, p.data -> fullkey) as value
	                from json_each(p.data)
	                union all
	                select 1, id, key, r.rest -> fullkey from json_each(r.rest)
	                where key not in (select key from json_each(p.data))
	                order by fresh, id
	            )
	        )
	    end
	from record as r left join person as p on p.id = r.data ->> 'id';
	SQL
}

run() {
	sqlite3 -bail -batch "${DATABASE:-klaviyo.db}" <<-SQL || return 74
	.timeout 60000
	begin immediate;
	$1
	$end;
	SQL
}

load_streams "$@"
