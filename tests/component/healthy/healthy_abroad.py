"""A server far from the usual: ICU's German, odd names for database, role and superuser, no `postgres`, odd settings."""

from __future__ import annotations

from healthy_site import Cluster, HealthySite

from tables.planting import plants
from tables.row import Saw

ABROAD = Cluster(
    "abroad", 5435, database="Läden = \"Süd\" 'b\\c' №", role='an-wendung "№ 1": ü', superuser="chef",
    initdb="-k -g -E UTF8 --locale-provider=icu --icu-locale=de-DE --locale=C.UTF-8",
    settings="""
datestyle = 'German, DMY'
timezone = 'Asia/Kathmandu'
intervalstyle = 'iso_8601'
bytea_output = 'escape'
extra_float_digits = -5
standard_conforming_strings = off
quote_all_identifiers = on
default_transaction_isolation = 'serializable'
default_transaction_deferrable = on
transform_null_equals = on
array_nulls = off
statement_timeout = '20s'
lock_timeout = '1s'
idle_session_timeout = '10min'
search_path = 'stormproof, public'
default_text_search_config = 'pg_catalog.german'
password_encryption = 'md5'
log_min_messages = 'debug1'
log_statement = 'all'
jit = off
fsync = on
""",
)  # fmt: skip
CONTENT = """
create table straßen (name text primary key, gebaut date, breite float8, dauer interval, größe bytea);
insert into straßen select 'Äußere Straße ' || n, '2020-01-31'::date + n, n / 3.0, n * interval '1 h', convert_to('ä' || n, 'UTF8')
from generate_series(1, 400) n;
create table örter (name text collate "sv-x-icu", primary key (name)); insert into örter values ('ö'), ('z'), ('å');
create index on straßen (lower(name)); create function heute() returns date language sql stable as 'select current_date';
create view breite as select * from straßen where breite > 1.5 and gebaut > '01.02.2020' and dauer > 'PT3H';
alter table straßen add check (gebaut > '31.01.2019');
create sequence zähler; alter table örter alter name set default 'x' || nextval('zähler');
"""


@plants("non-default-locale", "odd-service-names", "no-postgres-database", "unusual-settings")
def abroad(site: HealthySite, row: str) -> Saw:
    if "abroad" not in site.clusters:
        site.add(ABROAD, CONTENT)
        site.sql(ABROAD, "drop database postgres", "template1")
        site.backup(ABROAD)
    asks = {
        "non-default-locale": "select string_agg(name, '' order by name) || (select datlocprovider::text from pg_database where datname = current_database()) from örter",
        "odd-service-names": "select current_database() || ' ' || (select count(*) from pg_roles where rolname like 'an-wendung%')",
        "no-postgres-database": "select count(*) from pg_database where datname = 'postgres'",
        "unusual-settings": "select count(*) || ' ' || current_setting('datestyle') || ' ' || min(gebaut) from breite",
    }  # fmt: skip
    drilled = site.drill("abroad", "abroad", asks=asks)
    wanted = {
        "non-default-locale": "zåöi", "odd-service-names": f"{ABROAD.database} 1", "no-postgres-database": "0",
        "unusual-settings": "396 German, DMY 05.02.2020",
    }  # fmt: skip
    assert drilled.answers[row] == wanted[row]
    return drilled.saw()
