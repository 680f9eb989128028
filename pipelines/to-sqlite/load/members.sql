.read load/person.sql
insert into :members
select :'group', id, data ->> 'joined_group_at' from record where true
on conflict (:owner, person_id) do update set joined = excluded.joined
where :members.joined is not excluded.joined;
create temporary table come as select changes() as n;

delete from :members
where :'how' = 'full' and :owner = :'group'
    and person_id not in (select id from record);
select format('%d people, %d members written, %d deleted', people.n, come.n,
    changes()) from people, come;
