.read load/person.sql
insert into list_person
select :'group', id, data ->> 'joined_group_at' from record where true
on conflict (list_id, person_id) do update set joined = excluded.joined
where list_person.joined is not excluded.joined;
create temporary table come as select changes() as n;

delete from list_person
where :'how' = 'full' and list_id = :'group'
    and person_id not in (select id from record);
select format('%d people, %d members written, %d deleted', people.n, come.n,
    changes()) from people, come;
