-- Members of data that this stream does not bring stay as they are.
create temporary table written on commit drop as
with done as (
    insert into klaviyo.person as p
    select
        data ->> 'id',
        data ->> 'email',
        data ->> 'phone_number',
        data ->> 'external_id',
        data ->> 'first_name',
        data ->> 'last_name',
        (data ->> 'created')::timestamptz,
        (data ->> 'updated')::timestamptz,
        data - 'joined_group_at'
    from record
    on conflict (id) do update set
        email = excluded.email,
        phone_number = excluded.phone_number,
        external_id = excluded.external_id,
        first_name = excluded.first_name,
        last_name = excluded.last_name,
        created = excluded.created,
        updated = excluded.updated,
        data = p.data || excluded.data
    where p.data is distinct from p.data || excluded.data
        and coalesce(p.updated <= excluded.updated, true)
    returning 1
)
select count(*) as people from done;
