-- A person is written if there is none, or an older one: with those of a group
-- come members that profiles do not have.
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
    where person.id = record.id
        and person.updated >= (record.data ->> '$.updated')::timestamptz
);
insert or replace into person select * from people;

create temporary table come as
select
    :'group' as :owner,
    id as person_id,
    (data ->> '$.joined_group_at')::timestamptz as joined
from record
where not exists (
    select 1 from :members as m
    where m.:owner = :'group' and m.person_id = record.id
        and m.joined = (record.data ->> '$.joined_group_at')::timestamptz
);
create temporary table gone as
select person_id from :members
where :'how' = 'full' and :owner = :'group'
    and person_id not in (select id from record);

delete from :members
where :owner = :'group' and person_id in (select person_id from gone);
insert or replace into :members select * from come;
select format('{} people, {} members written, {} deleted',
    (select count(*) from people), (select count(*) from come),
    (select count(*) from gone));
