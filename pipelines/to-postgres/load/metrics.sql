with come as (
    insert into klaviyo.metric as m
    select
        data ->> 'id',
        data ->> 'name',
        (data ->> 'created')::timestamptz,
        (data ->> 'updated')::timestamptz,
        data #>> '{integration,name}',
        data
    from record
    on conflict (id) do update set
        name = excluded.name,
        created = excluded.created,
        updated = excluded.updated,
        integration = excluded.integration,
        data = excluded.data
    where m.data is distinct from excluded.data
    returning 1
), gone as (
    delete from klaviyo.metric
    where :'how' = 'full' and id not in (select data ->> 'id' from record)
    returning 1
)
select format('%s written, %s deleted',
    (select count(*) from come), (select count(*) from gone));
