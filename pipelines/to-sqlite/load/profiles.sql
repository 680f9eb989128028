.read load/person.sql
delete from person
where :'how' = 'full' and id not in (select id from record);
select format('%d written, %d deleted', n, changes()) from people;
