.read load/person.sql
insert into segment_person
select :'group', id, data ->> 'joined_group_at' from record where true
on conflict (segment_id, person_id) do update set joined = excluded.joined
where segment_person.joined is not excluded.joined;
create temporary table come as select changes() as n;

delete from segment_person
where :'how' = 'full' and segment_id = :'group'
    and person_id not in (select id from record);
select format('%d people, %d members written, %d deleted', people.n, come.n,
    changes()) from people, come;
