insert into metric
select
    id,
    data ->> 'name',
    data ->> 'created',
    data ->> 'updated',
    data ->> '$.integration.name',
    data
from record where true
on conflict (id) do update set
    name = excluded.name,
    created = excluded.created,
    updated = excluded.updated,
    integration = excluded.integration,
    data = excluded.data
where metric.data is not excluded.data;
create temporary table come as select changes() as n;

delete from metric
where :'how' = 'full' and id not in (select id from record);
select format('%d written, %d deleted', n, changes()) from come;
