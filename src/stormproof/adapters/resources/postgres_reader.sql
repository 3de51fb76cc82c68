-- The role that a user's own SQL runs as, in the isolated copy: it reads everything and may do nothing. It names things
-- as the application does, hence the application role's search path.
select 'create role stormproof_reader login nosuperuser nocreatedb nocreaterole noreplication bypassrls'
where not exists (select from pg_roles where rolname = 'stormproof_reader') \gexec
select 'grant pg_read_all_data to stormproof_reader'
where exists (select from pg_roles where rolname = 'pg_read_all_data')
  and not pg_has_role('stormproof_reader', (select oid from pg_roles where rolname = 'pg_read_all_data'), 'member') \gexec
-- Before PostgreSQL 14 there is no such role: every right one by one, of this database.
select format('grant usage on schema %I to stormproof_reader; grant select on all tables in schema %1$I to stormproof_reader; '
  'grant select on all sequences in schema %1$I to stormproof_reader', nspname)
from pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
  and not exists (select from pg_roles where rolname = 'pg_read_all_data') \gexec
select format('grant connect on database %I to stormproof_reader', current_database())
where not has_database_privilege('stormproof_reader', current_database(), 'connect') \gexec
-- It cannot set these itself, and a database's own setting would load code into its session: this outranks it. Ours are
-- empty; said as '' a list would hold one library without a name.
select format('alter role stormproof_reader in database %I set %s from current', current_database(), name)
from unnest(array['session_preload_libraries', 'local_preload_libraries']) name \gexec
select format('alter role stormproof_reader in database %I set %s to %s', current_database(),
  'search_path', substr(setting, length('search_path=') + 1))
from (select setting from pg_db_role_setting s, unnest(s.setconfig) setting
      where s.setrole = (select oid from pg_roles where rolname = nullif(:'application_role', ''))
        and s.setdatabase in (0, (select oid from pg_database where datname = current_database())) and setting like 'search_path=%'
      order by s.setdatabase desc limit 1) its \gexec
