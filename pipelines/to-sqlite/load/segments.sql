insert into segment
select
    id,
    data ->> 'name',
    data ->> 'created',
    data ->> 'updated',
    data ->> 'is_active',
    data
from record where true
on conflict (id) do update set
    name = excluded.name,
    created = excluded.created,
    updated = excluded.updated,
    is_active = excluded.is_active,
    data = excluded.data
where segment.data is not excluded.data;
create temporary table come as select changes() as n;

delete from segment
where :'how' = 'full' and id not in (select id from record);
select format('%d written, %d deleted', n, changes()) from come;
