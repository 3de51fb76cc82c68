# Say which settings of the restored server would act on the world, and write the ones that it is started with instead.
# The socket lies in a folder that only this user enters, hence `trust` on it.
# Environment: RUN_DIR, PG_BIN, ADDRESS, PORT, SUPERUSER, CONFIG_FILE (may be empty: then the data directory's own), RECOVERY_TARGET.
# Prints "disarmed NAME<TAB>length-of-value" for each one that was set. Values stay here: they may hold a password.
# Nothing of the restored server runs: `postgres -C` reads the files and prints one setting.
D=$RUN_DIR/pgdata
args=(-D "$D")
[ -n "$CONFIG_FILE" ] && args+=(-c "config_file=$CONFIG_FILE" -c "data_directory=$D")
mkdir -p "$RUN_DIR/etc" "$RUN_DIR/socket" "$RUN_DIR/log" && chmod 700 "$RUN_DIR/socket" "$RUN_DIR/etc" || exit 73
# Readable at all? A broken file is said now, with the server's own words.
"$PG_BIN/postgres" -C max_connections "${args[@]}" >/dev/null || exit 65
for name in archive_command archive_library archive_cleanup_command recovery_end_command restore_command \
  primary_conninfo primary_slot_name shared_preload_libraries session_preload_libraries local_preload_libraries \
  ssl_passphrase_command synchronous_standby_names external_pid_file jit_provider dynamic_library_path \
  plperl.on_init plperl.on_plperl_init plperl.on_plperlu_init pltcl.start_proc pltclu.start_proc; do
  # Only a setting that some file names can differ from its harmless default; asking costs 40 ms each.
  grep -qrsw -- "$name" "$D/postgresql.conf" "$D/postgresql.auto.conf" ${CONFIG_FILE:+"${CONFIG_FILE%/*}"} || continue
  value=$("$PG_BIN/postgres" -C "$name" "${args[@]}" -c logging_collector=off 2>/dev/null) || continue
  case $name=$value in jit_provider=llvmjit | dynamic_library_path='$libdir') continue ;; esac
  [ -n "$value" ] && [ "$value" != "(disabled)" ] && printf 'disarmed %s\t%s\n' "$name" "${#value}"
done
major=$(cat "$D/PG_VERSION") || exit 65
archive_library=
[ "${major%%.*}" -ge 15 ] && archive_library='-c archive_library=' # older servers do not know it, and would not start
printf 'local all all trust\n' >"$RUN_DIR/etc/hba.closed" || exit 73
cp "$RUN_DIR/etc/hba.closed" "$RUN_DIR/etc/pg_hba.conf" && : >"$RUN_DIR/etc/pg_ident.conf" || exit 73
{
  [ -n "$CONFIG_FILE" ] && printf '%s\n' "-c config_file=$CONFIG_FILE" "-c data_directory=$D"
  # On the command line they outrank postgresql.conf and postgresql.auto.conf alike.
  cat <<ARGS
-c hba_file=$RUN_DIR/etc/pg_hba.conf
-c ident_file=$RUN_DIR/etc/pg_ident.conf
-c listen_addresses=$ADDRESS
-c port=$PORT
-c unix_socket_directories=$RUN_DIR/socket
-c external_pid_file=$RUN_DIR/log/postmaster.external
-c archive_mode=off
-c archive_command=
$archive_library
-c archive_cleanup_command=
-c recovery_end_command=
-c primary_conninfo=
-c primary_slot_name=
-c shared_preload_libraries=
-c session_preload_libraries=
-c local_preload_libraries=
-c jit_provider=llvmjit
-c dynamic_library_path=\$libdir
-c plperl.on_init=
-c plperl.on_plperl_init=
-c plperl.on_plperlu_init=
-c pltcl.start_proc=
-c pltclu.start_proc=
-c ssl_passphrase_command=
-c synchronous_standby_names=
-c max_logical_replication_workers=0
-c max_wal_senders=4
-c hot_standby=off
-c ssl=off
-c logging_collector=off
-c log_destination=stderr
-c log_timezone=UTC
-c lc_messages=C
-c log_line_prefix=%m [%p] 
-c log_min_messages=warning
-c recovery_target_action=promote
-c restore_command=$RUN_DIR/bin/wal_next.sh $RUN_DIR/wal %f %p
ARGS
  printf '%s\n' "$RECOVERY_TARGET"
} | sed '/^$/d' >"$RUN_DIR/etc/arguments" || exit 73
exit 0
