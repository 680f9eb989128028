.mode list
-- Two records of one thing: the newer counts.
create temporary table record as
select data ->> 'id' as id, data from (
    select
        data,
        row_number() over (
            partition by data ->> 'id', data ->> 'reason'
            order by julianday(data ->> 'updated') desc, rowid desc
        ) as nth
    from line
) where nth = 1;
