\ir person.sql
with come as (
    insert into klaviyo.:members as m
    select :'group', data ->> 'id', (data ->> 'joined_group_at')::timestamptz
    from record
    on conflict (:owner, person_id) do update set joined = excluded.joined
    where m.joined is distinct from excluded.joined
    returning 1
), gone as (
    delete from klaviyo.:members
    where :'how' = 'full' and :owner = :'group'
        and person_id not in (select data ->> 'id' from record)
    returning 1
)
select format('%s people, %s members written, %s deleted',
    (select people from written), (select count(*) from come),
    (select count(*) from gone));
