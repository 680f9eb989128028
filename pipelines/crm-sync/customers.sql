-- The customers that changed, with the names that sync.json maps.  The time
-- of the last run comes as :'since'; an index on updated_at makes this quick.
-- In SQLite: where datetime(updated_at) >= datetime(:'since')
select
    id,
    email,
    phone,
    country,
    first_name,
    last_name,
    city,
    plan,
    points
from customers
where updated_at >= :'since'
order by id
