-- A table of opt-outs, to try the pipeline on; PostgreSQL and SQLite.
create table optouts (
    email text,
    phone_number text,
    opted_out timestamp with time zone not null
);
insert into optouts values
    ('lea.moreau@atelier-lumen.example', null, '2026-01-05 10:00:00+00:00'),
    ('stranger@shop.example', null, '2026-01-06 11:00:00+00:00'),
    ('not an address', null, '2026-01-07 12:00:00+00:00');
