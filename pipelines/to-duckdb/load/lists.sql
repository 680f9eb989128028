create temporary table come as
select
    id,
    data ->> '$.name' as name,
    (data ->> '$.created')::timestamptz as created,
    (data ->> '$.updated')::timestamptz as updated,
    data ->> '$.opt_in_process' as opt_in_process,
    data
from record
where not exists (
    select 1 from list where list.id = record.id and list.data = record.data
);
create temporary table gone as
select id from list
where :'how' = 'full' and id not in (select id from record);

delete from list where id in (select id from gone);
insert or replace into list select * from come;
select format('{} written, {} deleted',
    (select count(*) from come), (select count(*) from gone));
