-- A record a line.  Two records of one thing: the newer counts.
create temporary table record as
select data ->> '$.id' as id, data::json as data
from read_csv(:'file', columns = {'data': 'varchar'}, delim = '\x01',
    quote = '', escape = '', header = false, auto_detect = false,
    max_line_size = 16777216)
qualify row_number() over (
    partition by data ->> '$.id', data ->> '$.reason'
    order by (data ->> '$.updated')::timestamptz desc nulls last
) = 1;

