-- One row a cart that is not empty and was left: nobody has touched it since
-- :'idle', and not before :'since', and its customer has ordered nothing
-- afterwards.  Id is another each time a cart is left.
select c.id || '@' || c.touched_at as "Id",
	c.touched_at as "Left",
	k.email as "Email",
	k.id as "Customer",
	sum(i.quantity * i.price) as "Total",
	'EUR' as "Currency",
	'https://shop.example/cart/' || c.id as "URL",
	json_group_array(json_object('SKU', i.sku, 'Name', i.name,
		'Quantity', i.quantity, 'Price', i.price)) as "Items"
from carts c
	join customers k on k.id = c.customer
	join cart_items i on i.cart = c.id
where c.touched_at >= :'since' and c.touched_at < :'idle'
	and not exists (select 1 from orders o where o.customer = c.customer
		and o.placed_at >= c.touched_at)
group by c.id, c.touched_at, k.email, k.id
order by c.touched_at, c.id;
