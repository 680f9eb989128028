-- The other half, after Klaviyo has what is for it: the table is written, and
-- both sides agree on what each has now.  All of it or nothing.
set client_min_messages = warning;
begin;

create temporary table rejected_line (text text);
\copy rejected_line from 'rejected' with (format csv, quote e'\x01', delimiter e'\x02')
create temporary table rejected as
select coalesce(d ->> 'external_id', lower(d ->> 'email'), d ->> 'phone_number')
    as key
from (select text::jsonb -> 'record' as d from rejected_line) as lines
where d is not null;

create temporary table to_crm as
select key, klaviyo as doc from klaviyo_plan where action = 'to the table';
\i apply.sql

insert into klaviyo_agreed
select key, case action when 'to klaviyo' then crm else klaviyo end
from klaviyo_plan
where action in ('agree', 'to klaviyo', 'to the table')
    and not (action = 'to klaviyo' and key in (
        select key from rejected where key is not null
    ))
on conflict (key) do update set doc = excluded.doc
where klaviyo_agreed.doc is distinct from excluded.doc;

delete from klaviyo_agreed
where key in (select key from klaviyo_plan where action = 'forget');
drop table klaviyo_plan;
commit;
