-- What has to be written where, as the table klaviyo_plan: the two sides are
-- held against what they last agreed on.  A person is known by the id of the
-- customer; a member without it by the address.  :end is commit, or rollback
-- in a dry run.
set client_min_messages = warning;
begin;

create table if not exists klaviyo_agreed (
    key text primary key,
    doc jsonb not null
);
drop table if exists klaviyo_plan;

create temporary table crm_line (text text);
create temporary table member_line (text text);
create temporary table mapped_line (text text);
\copy crm_line from 'customers' with (format csv, quote e'\x01', delimiter e'\x02')
\copy member_line from 'members' with (format csv, quote e'\x01', delimiter e'\x02')
\copy mapped_line from 'mapped' with (format csv, quote e'\x01', delimiter e'\x02')

create temporary table crm as
select distinct on (key) key, email, doc, updated
from (
    select
        coalesce(d ->> 'external_id', lower(d ->> 'email'), d ->> 'phone_number')
            as key,
        lower(d ->> 'email') as email,
        case (d -> 'properties') - 'updated_at'::text
            when '{}' then d - 'properties'
            else d #- '{properties,updated_at}'
        end as doc,
        (d #>> '{properties,updated_at}')::timestamptz as updated
    from (select text::jsonb as d from crm_line) as lines
) as people
order by key, updated desc;

-- A member is the customer of the same id, or else of the same address.
create temporary table klaviyo as
select distinct on (key) key, doc, updated
from (
    select
        coalesce(
            (select key from crm where key = m.id),
            (select min(key) from crm where email = m.email),
            m.id, m.email, m.phone
        ) as key,
        d as doc,
        m.updated
    from (select text::jsonb as d from mapped_line) as lines
    join (
        select
            text::jsonb ->> 'external_id' as id,
            lower(text::jsonb ->> 'email') as email,
            text::jsonb ->> 'phone_number' as phone,
            (text::jsonb ->> 'updated')::timestamptz as updated
        from member_line
    ) as m
        on m.id is not distinct from d ->> 'external_id'
        and m.email is not distinct from lower(d ->> 'email')
        and (m.id is not null or m.email is not null
            or m.phone is not distinct from d ->> 'phone_number')
) as people
order by key, updated desc;

-- Both sides have changed where both differ from what was agreed on: then the
-- rule says who wins.
create table klaviyo_plan as
select
    key,
    agreed.doc is null as is_new,
    c.doc is not null and k.doc is not null and c.doc <> k.doc
        and c.doc is distinct from agreed.doc
        and k.doc is distinct from agreed.doc as is_conflict,
    case
        when c.doc = k.doc then 'agree'
        when c.doc is null and k.doc is null then 'forget'
        when k.doc is null and agreed.doc is null then 'to klaviyo'
        when k.doc is null then 'left the list'
        when c.doc is null and agreed.doc is null then 'to the table'
        when c.doc is null then 'left the table'
        when k.doc is not distinct from agreed.doc then 'to klaviyo'
        when c.doc is not distinct from agreed.doc then 'to the table'
        when :'wins' = 'crm' then 'to klaviyo'
        when :'wins' = 'klaviyo' then 'to the table'
        when c.updated > k.updated then 'to klaviyo'
        else 'to the table'
    end as action,
    c.doc as crm,
    k.doc as klaviyo
from crm as c
full join klaviyo as k using (key)
full join klaviyo_agreed as agreed using (key);

\copy (select crm from klaviyo_plan where action = 'to klaviyo' order by key) to 'to-klaviyo' with (format csv, quote e'\x01', delimiter e'\x02')
\copy (select format('%s: %s, new %s, conflicts %s', action, count(*), count(*) filter (where is_new), count(*) filter (where is_conflict)) from klaviyo_plan where action in ('to klaviyo', 'to the table', 'left the list', 'left the table') group by action order by action) to 'told'
:end;
