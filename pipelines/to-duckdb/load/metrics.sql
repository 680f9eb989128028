create temporary table come as
select
    id,
    data ->> '$.name' as name,
    (data ->> '$.created')::timestamptz as created,
    (data ->> '$.updated')::timestamptz as updated,
    data ->> '$.integration.name' as integration,
    data
from record
where not exists (
    select 1 from metric where metric.id = record.id and metric.data = record.data
);
create temporary table gone as
select id from metric
where :'how' = 'full' and id not in (select id from record);

delete from metric where id in (select id from gone);
insert or replace into metric select * from come;
select format('{} written, {} deleted',
    (select count(*) from come), (select count(*) from gone));
