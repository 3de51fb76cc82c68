-- The shape of one database, asked the same way of the source (capture) and of the restored copy (check).
-- One transaction, one snapshot, one JSON document per line. Names, definitions, counts and digests only, never a row.
-- search_path is pg_catalog: no function, operator or cast of the database's own can be reached by name.
-- A database of bare bytes (SQL_ASCII) may hold names in any encoding: nothing may be converted there.
select getdatabaseencoding() = 'SQL_ASCII' as of_bytes, case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end as digest_encoding \gset
\if :of_bytes
set client_encoding = 'SQL_ASCII';
\endif
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
  case when name ~ '(conninfo|passphrase|password_file|_command)' and setting <> ''
       then 'sha256:' || encode(sha256(convert_to(setting, :'digest_encoding')), 'hex') else setting end)))
from pg_settings;

-- From here on definitions are printed; these decide how. They are set after the settings were read, which they would mask.
set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local bytea_output = 'hex';
set local quote_all_identifiers = off;

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
       from (select roleid, bool_or(admin_option) as admin_option from pg_auth_members where member = r.oid group by roleid) m
       join pg_roles g on g.oid = m.roleid),
    (select 'settings sha256:' || encode(sha256(convert_to(string_agg(
              coalesce(d.datname, '*') || ':' || array_to_string(s.setconfig, ','), '; ' order by d.datname), :'digest_encoding')), 'hex')
       from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase where s.setrole = r.oid))), '{}'))
from pg_roles r join pg_authid a on a.oid = r.oid
where r.rolname !~ '^pg_' and r.rolname <> 'stormproof_reader';

select json_build_object('question', 'database', 'answer', json_build_object(
  'name', datname, 'encoding', pg_encoding_to_char(encoding), 'collation', datcollate, 'ctype', datctype,
  'large_objects', (select count(*) from pg_largeobject_metadata),
  'extensions', (select coalesce(json_object_agg(extname, extversion), '{}') from pg_extension
    -- a check beside this one may just have installed amcheck, in a schema of the drill's own
    where extnamespace not in (select oid from pg_namespace where nspname = 'stormproof_amcheck'))))
from pg_database where datname = current_database();

-- Collations in use (by a column, an index, an object's definition) and those whose version no longer fits the library.
select json_build_object('question', 'collations', 'answer', coalesce(json_object_agg(name,
  json_build_object('recorded', recorded, 'actual', actual, 'used', used)), '{}'))
from (
  select format('%I.%I', n.nspname, c.collname) as name,
         c.collversion as recorded, pg_collation_actual_version(c.oid) as actual, u.oid is not null as used
  from pg_collation c join pg_namespace n on n.oid = c.collnamespace
  left join (
    select attcollation as oid from pg_attribute a join pg_class k on k.oid = a.attrelid join pg_namespace s on s.oid = k.relnamespace
      where s.nspname !~ '^pg_' and s.nspname <> 'information_schema' and attcollation <> 0 and not a.attisdropped
    union select unnest(i.indcollation::oid[]) from pg_index i join pg_class k on k.oid = i.indrelid
      join pg_namespace s on s.oid = k.relnamespace where s.nspname !~ '^pg_' and s.nspname <> 'information_schema'
    union select refobjid from pg_depend where refclassid = 'pg_collation'::regclass) u on u.oid = c.oid
  where c.collversion is not null
    and c.collencoding in (-1, (select encoding from pg_database where datname = current_database()))
    and (u.oid is not null or c.collversion is distinct from pg_collation_actual_version(c.oid))) listed;

select :SERVER_VERSION_NUM >= 150000 as has_database_collation_version \gset
\if :has_database_collation_version
select json_build_object('question', 'default_collation', 'answer',
  json_build_object('recorded', datcollversion, 'actual', pg_database_collation_actual_version(oid), 'used', true))
from pg_database where datname = current_database();
\endif

-- Objects of the database's own: neither the system's, nor an extension's members, nor those that a check put there.
with own_schema as (
  select oid, nspname from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'stormproof_amcheck')),
member as (select classid, objid from pg_depend where deptype = 'e'),
relation as (
  select c.*, s.nspname, format('%I.%I', s.nspname, c.relname) as named
  from pg_class c join own_schema s on s.oid = c.relnamespace
  where not exists (select from member m where m.classid = 'pg_class'::regclass and m.objid = c.oid)),
object(key, definition) as (
  select 'schema ' || quote_ident(s.nspname), 'owner ' || pg_get_userbyid(n.nspowner)
    from own_schema s join pg_namespace n on n.oid = s.oid
    where not exists (select from member m where m.classid = 'pg_namespace'::regclass and m.objid = s.oid)
  union all
  select case relkind when 'f' then 'foreign table ' else 'table ' end || named, concat_ws(' ',
      case relpersistence when 'u' then 'unlogged' when 'p' then 'permanent' else 'temporary' end,
      case relkind when 'p' then 'partitioned by ' || pg_get_partkeydef(oid) end,
      case when relispartition then 'partition ' || pg_get_expr(relpartbound, oid) end,
      (select 'of ' || string_agg(format('%I.%I', pn.nspname, p.relname), ', ' order by i.inhseqno) from pg_inherits i
         join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace where i.inhrelid = relation.oid),
      'owner ' || pg_get_userbyid(relowner),
      case when relrowsecurity then 'row security' end, case when relforcerowsecurity then 'forced' end,
      case when relreplident <> 'd' then 'identity ' || relreplident::text end,
      'with ' || array_to_string(reloptions, ','))
    from relation where relkind in ('r', 'p', 'f') and relpersistence <> 't'
  union all
  select 'column ' || r.named || '.' || quote_ident(a.attname), concat_ws(' ', format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then 'not null' end,
      case when a.attidentity <> '' then 'identity ' || a.attidentity::text end,
      case when a.attgenerated <> '' then 'generated' end,
      case when d.adbin is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end,
      case when a.attcollation <> 0 and a.attcollation <> t.typcollation
           then (select 'collate ' || format('%I.%I', cn.nspname, co.collname) from pg_collation co
                   join pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) end)
    from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where r.relkind in ('r', 'p', 'f', 'c') and r.relpersistence <> 't'
  union all
  select 'constraint ' || coalesce(r.named, format_type(c.contypid, null)) || '.' || quote_ident(c.conname),
      concat_ws(' ', pg_get_constraintdef(c.oid), case when not c.convalidated then 'not validated' end,
        (select 'not enforced: ' || count(*) || ' of its triggers disabled' from pg_trigger g
           where g.tgconstraint = c.oid and g.tgenabled in ('D', 'R') having count(*) > 0))
    from pg_constraint c join own_schema s on s.oid = c.connamespace left join relation r on r.oid = c.conrelid
    where c.contype <> 't' and (r.oid is not null or c.contypid <> 0)
  union all
  select 'index ' || format('%I.%I', r.nspname, i.relname), concat_ws(' ', pg_get_indexdef(x.indexrelid),
      case when not x.indisvalid then 'invalid' end, case when not x.indisready then 'not ready' end,
      case when x.indisclustered then 'clustered' end)
    from pg_index x join relation r on r.oid = x.indrelid join pg_class i on i.oid = x.indexrelid where r.relpersistence <> 't'
  union all
  select 'trigger ' || r.named || '.' || quote_ident(t.tgname), pg_get_triggerdef(t.oid) || ' '
      || case t.tgenabled when 'O' then 'enabled' when 'D' then 'disabled' when 'R' then 'enabled replica' else 'enabled always' end
    from pg_trigger t join relation r on r.oid = t.tgrelid where not t.tgisinternal
  union all
  select case relkind when 'v' then 'view ' else 'materialised view ' end || named,
      'owner ' || pg_get_userbyid(relowner) || ' sha256:' || encode(sha256(convert_to(pg_get_viewdef(oid), :'digest_encoding')), 'hex')
    from relation where relkind in ('v', 'm')
  union all
  select 'sequence ' || r.named, concat_ws(' ', format_type(q.seqtypid, null), 'start', q.seqstart, 'by', q.seqincrement,
      'from', q.seqmin, 'to', q.seqmax, case when q.seqcycle then 'cycle' end,
      (select 'owned by ' || format('%I.%I.%I', n.nspname, o.relname, a.attname)
         from pg_depend d join pg_class o on o.oid = d.refobjid join pg_namespace n on n.oid = o.relnamespace
         join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype in ('a', 'i') limit 1))
    from pg_sequence q join relation r on r.oid = q.seqrelid where r.relpersistence <> 't'
  union all
  select 'function ' || format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
      concat_ws(' ', 'owner ' || pg_get_userbyid(p.proowner), case when p.prosecdef then 'security definer' end,
        'returns ' || format_type(p.prorettype, null),
        'sha256:' || encode(sha256(convert_to(concat_ws(chr(1), p.prosrc, p.probin, (select lanname from pg_language l where l.oid = p.prolang), p.provolatile::text,
          p.proisstrict::text, array_to_string(p.proconfig, ',')), :'digest_encoding')), 'hex'))
    from pg_proc p join own_schema s on s.oid = p.pronamespace
    where not exists (select from member m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
  union all
  select 'type ' || format('%I.%I', s.nspname, t.typname), concat_ws(' ', 'owner ' || pg_get_userbyid(t.typowner),
      case t.typtype when 'e' then 'enum ' || (select string_agg(quote_literal(e.enumlabel), ',' order by e.enumsortorder)
                                               from pg_enum e where e.enumtypid = t.oid)
                     when 'd' then 'domain ' || format_type(t.typbasetype, t.typtypmod) || case when t.typnotnull then ' not null' else '' end
                     when 'r' then 'range' else t.typtype::text end)
    from pg_type t join own_schema s on s.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r') and not exists (select from member m where m.classid = 'pg_type'::regclass and m.objid = t.oid)
  union all
  select 'policy ' || r.named || '.' || quote_ident(p.polname), concat_ws(' ', p.polcmd::text,
      case when p.polpermissive then 'permissive' else 'restrictive' end,
      'to ' || (select string_agg(case when o = 0 then 'public' else pg_get_userbyid(o) end, ',' order by 1)
                from (select case when o = 0 then 0 else o end as o from unnest(p.polroles) o order by 1) named_roles),
      'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p join relation r on r.oid = p.polrelid
  union all
  select 'rule ' || r.named || '.' || quote_ident(w.rulename), pg_get_ruledef(w.oid) || ' ' || w.ev_enabled::text
    from pg_rewrite w join relation r on r.oid = w.ev_class where w.rulename <> '_RETURN'
  union all
  select 'event trigger ' || quote_ident(evtname), concat_ws(' ', evtevent, 'enabled', evtenabled, array_to_string(evttags, ','))
    from pg_event_trigger e where not exists (select from member m where m.classid = 'pg_event_trigger'::regclass and m.objid = e.oid)
  union all
  select 'publication ' || quote_ident(pubname), concat_ws(' ', case when puballtables then 'all tables' end, pubinsert, pubupdate, pubdelete)
    from pg_publication
  union all
  select 'subscription ' || quote_ident(subname), 'to ' || array_to_string(subpublications, ',')
    from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())
  union all
  select 'server ' || quote_ident(srvname), 'wrapper ' || fdwname || ' owner ' || pg_get_userbyid(srvowner)
    from pg_foreign_server join pg_foreign_data_wrapper f on f.oid = srvfdw
  union all
  select 'database ' || quote_ident(datname), concat_ws(' ', 'owner ' || pg_get_userbyid(datdba),
      case when datconnlimit >= 0 then 'connections ' || datconnlimit end,
      (select 'settings sha256:' || encode(sha256(convert_to(array_to_string(s.setconfig, ','), :'digest_encoding')), 'hex')
         from pg_db_role_setting s where s.setdatabase = d.oid and s.setrole = 0))
    from pg_database d where datname = current_database())
select json_build_object('question', 'objects', 'answer', coalesce(json_object_agg(key, definition), '{}')) from object;

with own_schema as (
  select oid, nspname from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'stormproof_amcheck')),
acl(key, items, standard) as (
  select case c.relkind when 'S' then 'sequence ' else 'table ' end || format('%I.%I', s.nspname, c.relname), c.relacl,
         acldefault((case c.relkind when 'S' then 's' else 'r' end)::"char", c.relowner)
    from pg_class c join own_schema s on s.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select 'column ' || format('%I.%I.%I', s.nspname, c.relname, a.attname), a.attacl, null
    from pg_attribute a join pg_class c on c.oid = a.attrelid join own_schema s on s.oid = c.relnamespace where not a.attisdropped
  union all select 'schema ' || quote_ident(n.nspname), n.nspacl, acldefault('n', n.nspowner) from pg_namespace n join own_schema s on s.oid = n.oid
  union all
  select 'function ' || format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proacl, null
    from pg_proc p join own_schema s on s.oid = p.pronamespace
  union all select 'type ' || format('%I.%I', s.nspname, t.typname), t.typacl, null from pg_type t join own_schema s on s.oid = t.typnamespace
  union all select 'database ' || quote_ident(datname), datacl, null from pg_database where datname = current_database()
  union all select 'server ' || quote_ident(srvname), srvacl, null from pg_foreign_server
  union all
  select 'default ' || pg_get_userbyid(defaclrole) || ' ' || coalesce((select quote_ident(nspname) from pg_namespace n where n.oid = defaclnamespace), '*')
      || ' ' || defaclobjtype::text, defaclacl, null from pg_default_acl),
-- Before PostgreSQL 14 the reader has rights of its own, and the first of them writes out what the owner had all along.
own(key, entries, standard) as (
  select key, (select array_agg(item::text order by item::text) from unnest(items) item where item::text !~ '^stormproof_reader='),
    case when exists (select from unnest(items) item where item::text ~ '^stormproof_reader=')
      then (select array_agg(item::text order by item::text) from unnest(standard) item) end
  from acl where items is not null)
select json_build_object('question', 'grants', 'answer', coalesce(json_object_agg(key, array_to_string(entries, ' ')), '{}'))
from own where entries is distinct from standard or standard is null;

select json_build_object('question', 'materialised_views', 'answer', coalesce(json_object_agg(format('%I.%I', n.nspname, c.relname), c.relispopulated), '{}'))
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'm' and n.nspname !~ '^pg_';

-- last_value of a sequence that was never asked is its start; 0 stands for that, so that a copy may only be ahead.
select json_build_object('question', 'sequences', 'answer', coalesce(json_object_agg(
  format('%I.%I', n.nspname, c.relname), coalesce(pg_sequence_last_value(c.oid), 0)), '{}'))
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'S' and c.relpersistence = 'p' and n.nspname !~ '^pg_'; -- an unlogged one starts over after a recovery

-- Which tables partitioned ones are made of, so that their counts can be added up. Foreign tables are never read.
select json_build_object('question', 'partitions', 'answer', coalesce(json_object_agg(parent, leaves), '{}'))
from (select format('%I.%I', pn.nspname, p.relname) as parent, json_agg(format('%I.%I', ln.nspname, l.relname))::jsonb as leaves
      from pg_class p join pg_namespace pn on pn.oid = p.relnamespace cross join lateral pg_partition_tree(p.oid) t
      join pg_class l on l.oid = t.relid and l.relkind = 'r' join pg_namespace ln on ln.oid = l.relnamespace
      where p.relkind = 'p' group by 1) trees;

-- A column of a type of its own would run the database's code, by its casts: only plain ones are read.
select exists (select from pg_class where oid = to_regclass(nullif(:'heartbeat', '')) and relkind in ('r', 'p')) and not exists (
  select from pg_attribute where attrelid = to_regclass(nullif(:'heartbeat', '')) and attname in ('sequence', 'at')
    and atttypid not in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype)) as has_heartbeat \gset
\if :has_heartbeat
select json_build_object('question', 'heartbeat', 'answer', json_build_object('sequence', max(sequence),
  'at', to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) from :heartbeat;
\endif

-- Exact counts, read from the heap itself. In batches under a savepoint, so that the locks on thousands of tables are
-- given back as we go (max_locks_per_transaction) while the snapshot stays.
\if :count_rows
set local enable_indexscan = off;
set local enable_indexonlyscan = off;
set local enable_bitmapscan = off;
with own as (
  select format('%I.%I', n.nspname, c.relname) as named, row_number() over (order by c.oid) as place
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpersistence <> 't' and c.relispopulated and n.nspname !~ '^pg_'
    and n.nspname not in ('information_schema', 'stormproof_amcheck')),
batch as (
  select (place - 1) / 100 as number, string_agg(format('select %L as named, count(*) as rows from only %s', named, named), ' union all ') as counts
  from own group by 1)
select statement from (
  select number, 1 as step, 'savepoint counted' as statement from batch
  union all
  select number, 2, 'select json_build_object(''question'', ''rows'', ''answer'', json_object_agg(named, rows)) from (' || counts || ') c' from batch
  union all
  select number, 3, 'rollback to savepoint counted' from batch) ordered order by number, step
\gexec
\endif

select json_build_object('question', 'end', 'answer', null);
rollback;
