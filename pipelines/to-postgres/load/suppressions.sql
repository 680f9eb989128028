with come as (
    insert into klaviyo.global_exclusion as x
    select
        data ->> 'id',
        data ->> 'reason',
        data ->> 'email',
        (data ->> 'timestamp')::timestamptz,
        data
    from record
    on conflict (person_id, reason) do update set
        email = excluded.email,
        since = excluded.since,
        data = excluded.data
    where x.data is distinct from excluded.data
    returning 1
), gone as (
    delete from klaviyo.global_exclusion
    where :'how' = 'full' and (person_id, reason) not in (
        select data ->> 'id', data ->> 'reason' from record
    )
    returning 1
)
select format('%s written, %s deleted',
    (select count(*) from come), (select count(*) from gone));
