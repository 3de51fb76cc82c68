-- One order and its payment. :customers is the number of customers at the start.
\set customer random(1, :customers)
\set cents random(100, 100000)
with placed as (
    insert into public.orders (customer_id, total, details)
    values (:customer, :cents / 100.0, jsonb_build_object('basket', md5(:cents::text))) returning id, placed_at
)
insert into public.payments (order_id, order_placed_at, amount, method)
select id, placed_at, :cents / 100.0, 'card' from placed;
