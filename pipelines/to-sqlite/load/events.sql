insert into event
select
    id,
    data ->> 'datetime',
    data ->> 'uuid',
    data ->> '$.metric.id',
    data ->> '$.profile.id',
    json_remove(data, '$.profile', '$.metric')
from record where true
on conflict (id) do update set
    datetime = excluded.datetime,
    uuid = excluded.uuid,
    metric_id = excluded.metric_id,
    person_id = excluded.person_id,
    data = excluded.data
where event.data is not excluded.data;
create temporary table come as select changes() as n;

delete from event
where :'how' = 'full' and id not in (select id from record);
select format('%d written, %d deleted', n, changes()) from come;
