insert into global_exclusion
select
    id,
    data ->> 'reason',
    data ->> 'email',
    data ->> 'timestamp',
    data
from record where true
on conflict (person_id, reason) do update set
    email = excluded.email,
    since = excluded.since,
    data = excluded.data
where global_exclusion.data is not excluded.data;
create temporary table come as select changes() as n;

delete from global_exclusion
where :'how' = 'full' and (person_id, reason) not in (
    select id, data ->> 'reason' from record
);
select format('%d written, %d deleted', n, changes()) from come;
