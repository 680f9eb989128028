insert into list
select
    id,
    data ->> 'name',
    data ->> 'created',
    data ->> 'updated',
    data ->> 'opt_in_process',
    data
from record where true
on conflict (id) do update set
    name = excluded.name,
    created = excluded.created,
    updated = excluded.updated,
    opt_in_process = excluded.opt_in_process,
    data = excluded.data
where list.data is not excluded.data;
create temporary table come as select changes() as n;

delete from list
where :'how' = 'full' and id not in (select id from record);
select format('%d written, %d deleted', n, changes()) from come;
