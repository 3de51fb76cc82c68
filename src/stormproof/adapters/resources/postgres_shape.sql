-- The shape of one database, asked the same way of the source (capture) and of the restored copy (check).
-- One transaction, one snapshot, one JSON document per line. Names, definitions, counts and digests only, never a row.
-- search_path is pg_catalog: no function, operator or cast of the database's own can be reached by name.
begin isolation level repeatable read read only;

select json_build_object('question', 'server', 'answer', json_build_object(
  'lsn', case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end,
  'timeline', case when pg_is_in_recovery() then (select timeline_id from pg_control_checkpoint())
                   else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end,
  'system_identifier', (select system_identifier::text from pg_control_system()),
  'server_version', current_setting('server_version'),
  'checksums', current_setting('data_checksums') = 'on',
  'now', to_char(transaction_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));

-- What may hold a password or a command line leaves as a digest.
select json_build_object('question', 'settings', 'answer', json_object_agg(name, json_build_array(source,
  case when name ~ '(conninfo|passphrase|password_file|_command|cluster_passphrase)' and setting <> ''
       then 'sha256:' || encode(sha256(convert_to(setting, 'UTF8')), 'hex') else setting end)))
from pg_settings;

select json_build_object('question', 'roles', 'answer', coalesce(json_object_agg(r.rolname,
  concat_ws(' ',
    case when r.rolsuper then 'superuser' end, case when r.rolcreaterole then 'createrole' end,
    case when r.rolcreatedb then 'createdb' end, case when r.rolcanlogin then 'login' end,
    case when r.rolreplication then 'replication' end, case when r.rolbypassrls then 'bypassrls' end,
    case when not r.rolinherit then 'noinherit' end,
    case when r.rolconnlimit >= 0 then 'connections ' || r.rolconnlimit end,
    case when r.rolvaliduntil is not null then 'valid until ' || extract(epoch from r.rolvaliduntil) end,
    'password ' || case when a.rolpassword is null then 'none' when a.rolpassword like 'SCRAM-SHA-256$%' then 'scram'
                        when a.rolpassword like 'md5%' then 'md5' else 'other' end,
    (select 'member of ' || string_agg(g.rolname || case when m.admin_option then ' (admin)' else '' end, ', ' order by g.rolname)
       from (select distinct on (roleid) roleid, admin_option from pg_auth_members where member = r.oid
             order by roleid, admin_option desc) m join pg_roles g on g.oid = m.roleid),
    (select 'settings ' || string_agg(coalesce(d.datname, '*') || ':' || array_to_string(s.setconfig, ','), '; ' order by d.datname)
       from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase where s.setrole = r.oid))), '{}'))
from pg_roles r join pg_authid a on a.oid = r.oid
where r.rolname !~ '^pg_' and r.rolname <> 'stormproof_reader';

select json_build_object('question', 'databases', 'answer', json_object_agg(datname, datallowconn))
from pg_database where not datistemplate;

select json_build_object('question', 'database', 'answer', json_build_object(
  'name', datname, 'encoding', pg_encoding_to_char(encoding), 'collation', datcollate, 'ctype', datctype,
  'large_objects', (select count(*) from pg_largeobject_metadata),
  'extensions', (select coalesce(json_object_agg(extname, extversion), '{}') from pg_extension)))
from pg_database where datname = current_database();

-- Collations in use (by a column, an index, an object's definition) and those whose version no longer fits the library.
select json_build_object('question', 'collations', 'answer', coalesce(json_object_agg(name,
  json_build_object('recorded', recorded, 'actual', actual, 'used', used)), '{}'))
from (
  select format('%I.%I', n.nspname, c.collname) || case when c.collencoding = -1 then '' else ' ' || pg_encoding_to_char(c.collencoding) end as name,
         c.collversion as recorded, pg_collation_actual_version(c.oid) as actual, u.used
  from pg_collation c join pg_namespace n on n.oid = c.collnamespace
  cross join lateral (select c.oid in (
      select attcollation from pg_attribute a join pg_class k on k.oid = a.attrelid join pg_namespace s on s.oid = k.relnamespace
        where s.nspname !~ '^pg_' and s.nspname <> 'information_schema' and attcollation <> 0
      union select unnest(i.indcollation::oid[]) from pg_index i join pg_class k on k.oid = i.indrelid
        join pg_namespace s on s.oid = k.relnamespace where s.nspname !~ '^pg_' and s.nspname <> 'information_schema'
      union select refobjid from pg_depend where refclassid = 'pg_collation'::regclass) as used) u
  where c.collversion is not null and c.collencoding in (-1, (select encoding from pg_database where datname = current_database()))
    and (u.used or c.collversion is distinct from pg_collation_actual_version(c.oid))) all_of_them;

select :server_version >= 150000 as has_database_collation \gset
\if :has_database_collation
select json_build_object('question', 'default_collation', 'answer',
  json_build_object('recorded', datcollversion, 'actual', pg_database_collation_actual_version(oid), 'used', true))
from pg_database where datname = current_database();
\endif

-- Objects of the database's own: neither the system's, nor an extension's members.
create or replace function pg_temp.nothing() returns void language sql as '' \if false
\endif
