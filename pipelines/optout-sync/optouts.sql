-- Who has opted out, and when.  The time of the last run comes as :'since'.
-- In SQLite: where datetime(opted_out) >= datetime(:'since')
select email, phone_number, opted_out
from optouts
where opted_out >= :'since'
order by opted_out
