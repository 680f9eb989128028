create temporary table come as
select
    id,
    data ->> '$.name' as name,
    (data ->> '$.created')::timestamptz as created,
    (data ->> '$.updated')::timestamptz as updated,
    (data ->> '$.is_active')::boolean as is_active,
    data
from record
where not exists (
    select 1 from segment where segment.id = record.id and segment.data = record.data
);
create temporary table gone as
select id from segment
where :'how' = 'full' and id not in (select id from record);

delete from segment where id in (select id from gone);
insert or replace into segment select * from come;
select format('{} written, {} deleted',
    (select count(*) from come), (select count(*) from gone));
