with come as (
    insert into klaviyo.segment as s
    select
        data ->> 'id',
        data ->> 'name',
        (data ->> 'created')::timestamptz,
        (data ->> 'updated')::timestamptz,
        (data ->> 'is_active')::boolean,
        data
    from record
    on conflict (id) do update set
        name = excluded.name,
        created = excluded.created,
        updated = excluded.updated,
        is_active = excluded.is_active,
        data = excluded.data
    where s.data is distinct from excluded.data
    returning 1
), gone as (
    delete from klaviyo.segment
    where :'how' = 'full' and id not in (select data ->> 'id' from record)
    returning 1
)
select format('%s written, %s deleted',
    (select count(*) from come), (select count(*) from gone));
