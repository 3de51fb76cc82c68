# Disarm what acts on the world from inside the databases, before anybody else may connect. Runs over the private socket
# as the superuser, the only one that pg_hba.conf admits now. Environment: RUN_DIR, PG_BIN, PORT, SUPERUSER.
# Prints "disarmed KIND<TAB>DATABASE<TAB>NAME<TAB>HOW" lines. Unlike settings, a catalog change is a change of the copy.
export PGHOST=$RUN_DIR/socket PGPORT=$PORT PGUSER=$SUPERUSER PGCONNECT_TIMEOUT=10
# As client options these outrank what ALTER DATABASE or ALTER ROLE set, so connecting loads and calls nothing.
export PGOPTIONS='-c session_preload_libraries= -c local_preload_libraries= -c search_path=pg_catalog -c statement_timeout=60s -c default_transaction_read_only=off -c role=none -c jit=off -c standard_conforming_strings=on -c quote_all_identifiers=off -c default_transaction_isolation=repeatable\ read -c default_transaction_deferrable=off'
psql() { "$PG_BIN/psql" -X -q -A -t -F $'\t' -v ON_ERROR_STOP=1 "$@"; }
failed=0
# `postgres` may be dropped; template1 is what databases are made from.
for home in postgres template1; do PGDATABASE=$home psql -c 'select' >/dev/null 2>"$RUN_DIR/log/disarm.error" && break; done || {
  cat "$RUN_DIR/log/disarm.error" >&2
  exit 1
}
# Settings that hang on a database or a role and would load code or send data at each connection.
PGDATABASE=$home psql <<'SQL' || failed=1
select format('disarmed setting%s%s%s%s%sreset', chr(9), coalesce(d.datname, '(all)'), chr(9), coalesce(r.rolname || ': ', '') || split_part(c.setting, '=', 1), chr(9))
  from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole,
       unnest(s.setconfig) c(setting)
 where split_part(c.setting, '=', 1) in ('session_preload_libraries', 'local_preload_libraries', 'dynamic_library_path');
select format('alter %s %s reset %I',
         case when s.setrole = 0 then 'database' when s.setdatabase = 0 then 'role' else 'role' end,
         case when s.setrole = 0 then quote_ident(d.datname) when s.setdatabase = 0 then quote_ident(r.rolname)
              else quote_ident(r.rolname) || ' in database ' || quote_ident(d.datname) end,
         split_part(c.setting, '=', 1))
  from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase left join pg_roles r on r.oid = s.setrole,
       unnest(s.setconfig) c(setting)
 where split_part(c.setting, '=', 1) in ('session_preload_libraries', 'local_preload_libraries', 'dynamic_library_path')
\gexec
SQL
mapfile -t databases < <(PGDATABASE=$home psql -c "select datname from pg_database where datallowconn order by 1")
[ ${#databases[@]} -gt 0 ] || exit 1
one() {
  # By environment a name is a name: as an argument `=`, quotes and backslashes in it would be read.
  PGDATABASE=$1 psql <<'SQL'
select format('disarmed event trigger%s%s%s%s%sdisabled', chr(9), current_database(), chr(9), evtname, chr(9))
  from pg_event_trigger where evtenabled <> 'D' order by evtname;
select format('alter event trigger %I disable', evtname) from pg_event_trigger where evtenabled <> 'D' \gexec
select format('disarmed subscription%s%s%s%s%sdisabled', chr(9), current_database(), chr(9), subname, chr(9))
  from pg_subscription where subdbid = (select oid from pg_database where datname = current_database()) and subenabled;
select format('alter subscription %I disable', subname)
  from pg_subscription where subdbid = (select oid from pg_database where datname = current_database()) and subenabled \gexec
select format('disarmed foreign server%s%s%s%s%sits user mappings dropped', chr(9), current_database(), chr(9), srvname, chr(9))
  from pg_foreign_server order by srvname;
select format('drop user mapping for %s server %I', case umuser when 0 then 'public' else quote_ident(usename) end, srvname)
  from pg_user_mappings \gexec
-- What runs programs or calls other servers by name. In a drill the kernel holds the server back as well (pg_confine.pl);
-- a trigger that then fails would keep the application from writing, so it is switched off and told.
create temporary table outward as
  select p.oid, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as named,
    case when not l.lanpltrusted and l.lanname <> 'internal' then 'in the untrusted language ' || l.lanname else 'it runs programs, or calls other servers' end as why
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
  where p.oid >= 16384 and l.lanname <> 'internal'
    and (not l.lanpltrusted or p.prosrc ~* '\mcopy\M.*\mprogram\M|\mdblink\w*\s*\(|\mpg_file_\w+\s*\(|\mlo_export\s*\(')
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e');
select format('disarmed function%s%s%s%s%slisted: %s', chr(9), current_database(), chr(9), named, chr(9), why) from outward order by named;
create temporary table pulling as
  select format('%I.%I', n.nspname, c.relname) as relation, t.tgname from pg_trigger t join outward o on o.oid = t.tgfoid
  join pg_class c on c.oid = t.tgrelid and c.relkind in ('r', 'p', 'f') join pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and t.tgenabled <> 'D';
select format('disarmed trigger%s%s%s%s.%I%sdisabled', chr(9), current_database(), chr(9), relation, tgname, chr(9)) from pulling order by 1;
select format('alter table only %s disable trigger %I', relation, tgname) from pulling \gexec
select format('disarmed extension%s%s%s%s%slisted: it calls other servers', chr(9), current_database(), chr(9), extname, chr(9))
  from pg_extension where extname in ('dblink', 'postgres_fdw', 'file_fdw', 'oracle_fdw', 'mysql_fdw', 'tds_fdw', 'http', 'plsh') order by extname;
-- A search path that names pg_catalog after other schemas lets those stand in for the system's own functions.
select format('disarmed search path%s%s%s%s%snot used by our own questions', chr(9), current_database(), chr(9), coalesce(r.rolname, '(all roles)'), chr(9))
  from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) c(setting)
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database())) and setting ~ '^search_path=.*[^ =].*,\s*"?pg_catalog';
-- Only a table of plain columns, without anything that a change would evaluate, is changed: one that merely looks like it
-- may be a trap. Nothing runs its jobs all the same, since no library is loaded at the start.
select coalesce((select c.relkind = 'r' and not c.relhasrules
    and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c')
    and not exists (select from pg_index x where x.indrelid = c.oid and (x.indexprs is not null or x.indpred is not null))
    and not exists (select from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = c.oid and a.attnum > 0
                      and not a.attisdropped and (a.attgenerated <> '' or t.typnamespace <> 'pg_catalog'::regnamespace))
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'active' and a.atttypid = 'bool'::regtype)
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'jobid')
  from pg_class c where c.oid = to_regclass('cron.job')), false) as has_cron, to_regclass('cron.job') is not null as looks_like_cron \gset
\if :has_cron
select format('disarmed scheduled job%s%s%s%s%sdeactivated', chr(9), current_database(), chr(9), jobid, chr(9)) from cron.job where active;
alter table cron.job disable trigger user;
update cron.job set active = false where active;
\elif :looks_like_cron
select format('disarmed scheduled job%s%s%s(all)%snot read: cron.job is not pg_cron''s own table', chr(9), current_database(), chr(9), chr(9));
\endif
SQL
}
outputs=()
for i in "${!databases[@]}"; do one "${databases[i]}" >"$RUN_DIR/log/disarm.$i" 2>"$RUN_DIR/log/disarm.$i.error" & outputs+=($!); done
for i in "${!databases[@]}"; do
  wait "${outputs[i]}" || { failed=1; cat "$RUN_DIR/log/disarm.$i.error" >&2; }
  cat "$RUN_DIR/log/disarm.$i"
done
exit $failed
