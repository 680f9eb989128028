create temporary table come as
select
    id,
    (data ->> '$.datetime')::timestamptz as datetime,
    data ->> '$.uuid' as uuid,
    data ->> '$.metric.id' as metric_id,
    data ->> '$.profile.id' as person_id,
    data
from record
where not exists (
    select 1 from event where event.id = record.id and event.data = record.data
);
create temporary table gone as
select id from event
where :'how' = 'full' and id not in (select id from record);

delete from event where id in (select id from gone);
insert or replace into event select * from come;
select format('{} written, {} deleted',
    (select count(*) from come), (select count(*) from gone));
