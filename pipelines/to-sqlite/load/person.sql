-- Members of data that this stream does not bring stay as they are; by their
-- names in order, so that the same content is the same text.
create temporary table new as
select
    r.id,
    (
        select json_group_object(key, json(value)) from (
            select key, r.data -> fullkey as value from json_each(r.data)
            where key <> 'joined_group_at'
            union all
            select key, p.data -> fullkey from json_each(p.data)
            where key not in (select key from json_each(r.data))
            order by key
        )
    ) as data
from record r left join person p on p.id = r.id
where p.id is null or julianday(p.updated) <= julianday(r.data ->> 'updated');

insert into person
select
    id,
    data ->> 'email',
    data ->> 'phone_number',
    data ->> 'external_id',
    data ->> 'first_name',
    data ->> 'last_name',
    data ->> 'created',
    data ->> 'updated',
    data
from new where true
on conflict (id) do update set
    email = excluded.email,
    phone_number = excluded.phone_number,
    external_id = excluded.external_id,
    first_name = excluded.first_name,
    last_name = excluded.last_name,
    created = excluded.created,
    updated = excluded.updated,
    data = excluded.data
where person.data is not excluded.data;
create temporary table people as select changes() as n;
