with come as (
    insert into klaviyo.event as e
    select
        data ->> 'id',
        (data ->> 'datetime')::timestamptz,
        data ->> 'uuid',
        data #>> '{metric,id}',
        data #>> '{profile,id}',
        data - 'profile' - 'metric'
    from record
    on conflict (id) do update set
        datetime = excluded.datetime,
        uuid = excluded.uuid,
        metric_id = excluded.metric_id,
        person_id = excluded.person_id,
        data = excluded.data
    where e.data is distinct from excluded.data
    returning 1
), gone as (
    delete from klaviyo.event
    where :'how' = 'full' and id not in (select data ->> 'id' from record)
    returning 1
)
select format('%s written, %s deleted',
    (select count(*) from come), (select count(*) from gone));
