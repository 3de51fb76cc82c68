# Disarm what acts on the world from inside the databases, before anybody else may connect. Runs over the private socket
# as the superuser, the only one that pg_hba.conf admits now. Environment: RUN_DIR, PG_BIN, PORT, SUPERUSER.
# Prints "disarmed KIND<TAB>DATABASE<TAB>NAME<TAB>HOW" lines. Unlike settings, a catalog change is a change of the copy.
export PGHOST=$RUN_DIR/socket PGPORT=$PORT PGUSER=$SUPERUSER PGCONNECT_TIMEOUT=10
# As client options these outrank what ALTER DATABASE or ALTER ROLE set, so connecting loads and calls nothing.
export PGOPTIONS='-c session_preload_libraries= -c local_preload_libraries= -c search_path=pg_catalog -c statement_timeout=60s -c default_transaction_read_only=off -c role=none -c jit=off'
psql() { "$PG_BIN/psql" -X -q -A -t -F $'\t' -v ON_ERROR_STOP=1 "$@"; }
failed=0
# Settings that hang on a database or a role and would load code or send data at each connection.
psql -d postgres <<'SQL' || failed=1
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
mapfile -t databases < <(psql -d postgres -c "select datname from pg_database where datallowconn order by 1")
[ ${#databases[@]} -gt 0 ] || exit 1
one() {
  psql -v database="$1" -d "dbname='${1//\'/\\\'}'" <<'SQL'
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
select to_regclass('cron.job') is not null as has_cron \gset
\if :has_cron
select format('disarmed scheduled job%s%s%s%s%sdeactivated', chr(9), current_database(), chr(9), jobid, chr(9)) from cron.job where active;
alter table cron.job disable trigger user;
update cron.job set active = false where active;
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
