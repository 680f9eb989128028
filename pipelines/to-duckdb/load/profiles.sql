-- A person is written if the record is another than the one that is here and
-- no older.
create temporary table people as
select
    id,
    data ->> '$.email' as email,
    data ->> '$.phone_number' as phone_number,
    data ->> '$.external_id' as external_id,
    data ->> '$.first_name' as first_name,
    data ->> '$.last_name' as last_name,
    (data ->> '$.created')::timestamptz as created,
    (data ->> '$.updated')::timestamptz as updated,
    data
from record
where not exists (
    select 1 from person
    where person.id = record.id and (
        person.data = record.data
        or person.updated > (record.data ->> '$.updated')::timestamptz
    )
);
insert or replace into person select * from people;

create temporary table gone as
select id from person
where :'how' = 'full' and id not in (select id from record);
delete from person where id in (select id from gone);
select format('{} written, {} deleted',
    (select count(*) from people), (select count(*) from gone));
