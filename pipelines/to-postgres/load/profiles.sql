\ir person.sql
with gone as (
    delete from klaviyo.person
    where :'how' = 'full' and id not in (select data ->> 'id' from record)
    returning 1
)
select format('%s written, %s deleted',
    (select people from written), (select count(*) from gone));
