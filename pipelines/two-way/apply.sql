-- How a profile is written into the table.  to_crm has a row for each: key is
-- the id of the customer, or the address of one who is new; doc the profile.
update customers as c set
    email = t.doc ->> 'email',
    first_name = t.doc ->> 'first_name',
    last_name = t.doc ->> 'last_name',
    city = t.doc #>> '{location,city}',
    plan = t.doc #>> '{properties,Plan}',
    points = (t.doc #>> '{properties,Points}')::integer,
    updated_at = now()
from to_crm as t
where c.id = t.key;

insert into customers
    (id, email, first_name, last_name, city, plan, points, updated_at)
select
    'K-' || md5(key),
    doc ->> 'email',
    doc ->> 'first_name',
    doc ->> 'last_name',
    doc #>> '{location,city}',
    doc #>> '{properties,Plan}',
    (doc #>> '{properties,Points}')::integer,
    now()
from to_crm
where key not in (select id from customers);
