-- One row an order.  :'since' is a time: orders of before it are known.
-- Number and e-mail address are needed; items are a JSON array of objects.
select o.number as "Number",
	o.placed_at as "Placed",
	c.email as "Email",
	c.id as "Customer",
	o.total as "Total",
	o.currency as "Currency",
	(select json_group_array(json_object('SKU', l.sku, 'Name', l.name,
		'Quantity', l.quantity, 'Price', l.price))
	 from order_lines l where l.number = o.number) as "Items"
from orders o join customers c on c.id = o.customer
where o.placed_at >= :'since'
order by o.placed_at, o.number;
