-- Carts as of now, to try it on: sqlite3 shop.db < sample.sql
create table customers (id text primary key, email text);
insert into customers values
	('C-1', 'lea.moreau@atelier-lumen.example'),
	('C-2', 'Bjorn.Angstrom@fjallstigen.example'),
	('C-3', 'ines.duarte@casa-azul.example');
create table orders (number text primary key, customer text, placed_at text);
create table carts (id text primary key, customer text, touched_at text);
create table cart_items (cart text, sku text, name text, quantity integer,
	price numeric);
insert into carts values -- left, in use, ordered, long forgotten
	('K-1', 'C-1', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-2 hours')),
	('K-2', 'C-2', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-5 minutes')),
	('K-3', 'C-3', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-3 hours')),
	('K-4', 'C-2', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-40 days'));
insert into orders values
	('2026-1005', 'C-3', strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 hour'));
insert into cart_items values
	('K-1', 'LMP-7', 'Desk lamp "Lumen"', 1, 52.80),
	('K-1', 'BLB-2', 'Bulb, warm', 2, 6.00),
	('K-2', 'SCK-1', 'Socks', 1, 24.50),
	('K-3', 'CRD-1', 'Card', 1, 9.90),
	('K-4', 'CRD-1', 'Card', 1, 9.90);
