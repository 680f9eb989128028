create temporary table come as
select
    :'group' as list_id,
    id as person_id,
    data ->> '$.reason' as reason,
    data ->> '$.email' as email,
    (data ->> '$.timestamp')::timestamptz as since,
    data
from record
where not exists (
    select 1 from list_exclusion as x
    where x.list_id = :'group' and x.person_id = record.id
        and x.reason = (record.data ->> '$.reason') and x.data = record.data
);
create temporary table gone as
select person_id, reason from list_exclusion
where :'how' = 'full' and list_id = :'group' and (person_id, reason) not in (
    select id, data ->> '$.reason' from record
);

delete from list_exclusion
where list_id = :'group' and (person_id, reason) in (select person_id, reason from gone);
insert or replace into list_exclusion select * from come;
select format('{} written, {} deleted',
    (select count(*) from come), (select count(*) from gone));
