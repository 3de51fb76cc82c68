-- Orders, one partition per month from eleven months ago to two ahead, and one for whatever falls outside.
-- Runs as shop_owner, at the shop's creation and again when the lab puts a dropped table back.

create table public.orders (
    id bigint not null default nextval('public.order_number'),
    customer_id bigint not null,
    placed_at timestamptz not null default clock_timestamp(),
    status text not null default 'new' check (status in ('new', 'packed', 'sent', 'returned')),
    total numeric(12, 2) not null check (total >= 0),
    details jsonb not null default '{}',
    primary key (id, placed_at)
) partition by range (placed_at);

do $$
declare
    first_month date := coalesce(
        nullif(current_setting('lab.first_month', true), '')::date,
        (date_trunc('month', now() at time zone 'utc') - interval '11 months')::date);
    lower_bound date;
begin
    for i in 0..13 loop
        lower_bound := first_month + make_interval(months => i);
        execute format(
            'create table public.%I partition of public.orders for values from (%L) to (%L)',
            'orders_' || to_char(lower_bound, 'YYYY_MM'),
            to_char(lower_bound, 'YYYY-MM-DD') || ' 00:00:00+00',
            to_char(lower_bound + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    end loop;
end $$;
create table public.orders_outside partition of public.orders default;

grant select, insert, update on public.orders to shop_app;
