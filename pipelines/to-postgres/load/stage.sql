-- A record a line from standard input.  PostgreSQL has no text with a NUL, so
-- an escaped one is left out; two records of one thing: the newer counts.
create temporary table line (
    n bigint generated always as identity,
    text text
) on commit drop;
\copy line (text) from pstdin with (format csv, quote e'\x01', delimiter e'\x02')

create temporary table record on commit drop as
select distinct on (data ->> 'id', data ->> 'reason') data
from (
    select
        n,
        regexp_replace(text, '(?<!\\)((\\\\)*)\\u0000', '\1', 'g')::jsonb
            as data
    from line
) as lines
order by data ->> 'id', data ->> 'reason',
    (data ->> 'updated')::timestamptz desc nulls last, n desc;
