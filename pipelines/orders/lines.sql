-- One row a line of an order; Id tells it from all others for ever.
select o.number || '-' || l.line as "Id",
	o.number as "Number",
	o.placed_at as "Placed",
	c.email as "Email",
	c.id as "Customer",
	l.quantity * l.price as "Total",
	o.currency as "Currency",
	l.sku as "SKU",
	l.name as "Name",
	l.quantity as "Quantity"
from orders o
	join customers c on c.id = o.customer
	join order_lines l on l.number = o.number
where o.placed_at >= :'since'
order by o.placed_at, o.number, l.line;
