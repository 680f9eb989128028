with come as (
    insert into klaviyo.list as l
    select
        data ->> 'id',
        data ->> 'name',
        (data ->> 'created')::timestamptz,
        (data ->> 'updated')::timestamptz,
        data ->> 'opt_in_process',
        data
    from record
    on conflict (id) do update set
        name = excluded.name,
        created = excluded.created,
        updated = excluded.updated,
        opt_in_process = excluded.opt_in_process,
        data = excluded.data
    where l.data is distinct from excluded.data
    returning 1
), gone as (
    delete from klaviyo.list
    where :'how' = 'full' and id not in (select data ->> 'id' from record)
    returning 1
)
select format('%s written, %s deleted',
    (select count(*) from come), (select count(*) from gone));
