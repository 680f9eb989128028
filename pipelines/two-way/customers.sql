-- All customers, by the names that crm.json maps, and when each changed last.
select id, email, first_name, last_name, city, plan, points, updated_at
from customers
order by id
