-- The shop's rows, made on the server. psql variables: orders (count), customers (count), manifest (tab-separated file
-- of path, sha256, bytes of each uploaded file). Runs as shop_owner in the transaction that made the tables, so that
-- with wal_level=minimal nothing of it goes through the WAL.

select setseed(0.42);

insert into public."größen" values
    ('XS', 'sehr klein · très petit · 特小'), ('M', 'mittel · moyen · 中'), ('XL', 'übergroß · très grand · 特大');

insert into public.customers (id, name, email, country, note, created_at)
select i,
    (array['Zoë Müller', 'Søren Ångström', 'Łukasz Żółw', 'Αθηνά Παπαδοπούλου', 'Наталья Соколова', '山田 花子', '김민준',
           'محمد علي', 'שרה כהן', 'Nguyễn Thị Hòa', 'O''Brien "Bo"', E'Jose\u0301 Ferna\u0301ndez', '😀 Emoji & <Tag>'])[1 + i % 13]
        || ' ' || i,
    'customer' || i || '@shop.invalid',
    (array['DE', 'FR', 'GR', 'JP', 'KR', 'PL', 'SE', 'VN'])[1 + i % 8],
    case when i % 5 = 0 then E'line one\nline two\ttab \\ backslash €' end,
    now() - interval '400 days' + i * interval '1 second'
from generate_series(1, :customers) as i;

insert into public.orders (id, customer_id, placed_at, status, total, details)
select i, 1 + (random() * (:customers - 1))::int,
    now() - interval '300 days' * (1 - i::float8 / greatest(:orders, 1)) - interval '1 minute',
    (array['new', 'packed', 'sent', 'returned'])[1 + i % 4],
    (100 + random() * 100000)::int / 100.0,
    jsonb_build_object('basket', md5(i::text), 'gift', i % 7 = 0, 'message', md5(random()::text) || ' Grüße 东京')
from generate_series(1, :orders) as i;

insert into public.payments (id, order_id, order_placed_at, amount, method, paid_at)
select id, id, placed_at, total, (array['card', 'transfer', 'voucher'])[1 + id % 3], placed_at + interval '1 minute'
from public.orders;

create temporary table manifest (path text, sha256 text, bytes bigint) on commit drop;
\copy manifest from pstdin with (format text)
insert into public.attachments (order_id, path, sha256, bytes, created_at)
select 1 + (random() * greatest(:orders - 1, 0))::bigint, path, sha256, bytes, now() - interval '1 minute'
from manifest;

insert into public.catalogues (season, document)
select season, lo_from_bytea(0, convert_to(repeat(season || ' – Katalog, カタログ. ', 2000), 'UTF8'))
from unnest(array['spring', 'summer', 'autumn', 'winter']) as season;
select lo_put(document, 200000, '\xdeadbeef') from public.catalogues where season = 'winter';  -- a hole inside

select setval('public.order_number', greatest(:orders, 1)), setval('public.payment_number', greatest(:orders, 1)),
    setval(pg_get_serial_sequence('public.customers', 'id'), :customers);
select format('grant select on large object %s to shop_app', document) from public.catalogues \gexec
