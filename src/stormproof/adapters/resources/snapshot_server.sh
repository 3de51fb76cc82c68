# The arguments of a server on a snapshot: those that the restored one was started with (disarmed), at places of its own,
# without TCP. Nothing else may differ, or the settings of the two could not be compared. What it writes need not outlive
# the machine, so it does not wait for the disk.
# Environment: RUN_DIR (the judged copy's), OWN (the snapshot's), MEMORY (shared_buffers).
mkdir -p "$OWN/etc" "$OWN/socket" "$OWN/log" "$OWN/tablespaces" "$OWN/wal" && chmod 700 "$OWN" "$OWN/etc" "$OWN/socket" || exit 73
printf 'local all all trust\n' >"$OWN/etc/pg_hba.conf" && : >"$OWN/etc/pg_ident.conf" || exit 73
places='data_directory|hba_file|ident_file|listen_addresses|unix_socket_directories|external_pid_file|restore_command|recovery_target[a-z_]*'
{
  grep -vE "^-c ($places)=" "$RUN_DIR/etc/arguments"
  cat <<ARGS
-c data_directory=$OWN/pgdata
-c hba_file=$OWN/etc/pg_hba.conf
-c ident_file=$OWN/etc/pg_ident.conf
-c listen_addresses=
-c unix_socket_directories=$OWN/socket
-c external_pid_file=$OWN/log/postmaster.external
-c restore_command=
-c shared_buffers=$MEMORY
-c fsync=off
ARGS
} >"$OWN/etc/arguments" || exit 73
