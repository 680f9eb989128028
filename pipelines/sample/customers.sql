-- A table as a shop has it, to try the pipeline on; PostgreSQL and SQLite.
create table customers (
    id text primary key,
    email text,
    phone text,
    country text,
    first_name text,
    last_name text,
    city text,
    plan text,
    points integer,
    updated_at timestamp with time zone not null
);
insert into customers values
    ('C-1', 'lea.moreau@atelier-lumen.example', '06 12 34 56 78', 'France',
     'Léa', 'Moreau', 'Lyon', 'Gold', 1520, '2026-01-05 10:00:00+00:00'),
    ('C-2', 'Bjorn.Angstrom@fjallstigen.example', '070-123 45 67', 'Sweden',
     'Björn', 'Ångström', 'Umeå', 'Silver', 310, '2026-01-06 11:00:00+00:00'),
    ('C-3', 'maria.rossi@oliveto.example', null, 'Italy',
     'Maria', 'Rossi', 'Lucca', null, null, '2026-01-07 12:00:00+00:00'),
    ('C-4', 'not an address', null, 'Italy',
     'Paolo', 'Bianchi', 'Pisa', 'Gold', 12, '2026-01-08 13:00:00+00:00');
