-- A shop of three customers, to try it on: sqlite3 shop.db < sample.sql
create table customers (id text primary key, email text);
insert into customers values
	('C-1', 'lea.moreau@atelier-lumen.example'),
	('C-2', 'Bjorn.Angstrom@fjallstigen.example'),
	('C-3', 'no address');
create table orders (number text primary key, customer text, placed_at text,
	total numeric, currency text);
insert into orders values
	('2026-1001', 'C-1', '2026-11-20T09:14:05Z', 64.80, 'EUR'),
	('2026-1002', 'C-2', '2026-11-20T09:14:05Z', 24.50, 'SEK'),
	('2026-1003', 'C-1', '2026-11-21T17:40:59Z', 12.00, 'EUR'),
	('2026-1004', 'C-3', '2026-11-22T08:00:00Z', 9.90, 'EUR');
create table order_lines (number text, line integer, sku text, name text,
	quantity integer, price numeric);
insert into order_lines values
	('2026-1001', 1, 'LMP-7', 'Desk lamp "Lumen"', 1, 52.80),
	('2026-1001', 2, 'BLB-2', 'Bulb, warm', 2, 6.00),
	('2026-1002', 1, 'SCK-1', 'Socks', 1, 24.50),
	('2026-1003', 1, 'BLB-2', 'Bulb, warm', 2, 6.00),
	('2026-1004', 1, 'CRD-1', 'Card', 1, 9.90);
