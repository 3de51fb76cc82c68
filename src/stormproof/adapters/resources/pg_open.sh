# Let the application in: the restored pg_hba.conf comes into force, and this host's own address for the application's
# role, so that readiness is tried by the way that the application uses. Environment: RUN_DIR, PG_BIN, PORT, ADDRESS,
# SUPERUSER, DATABASE, ROLE, HBA_FILE (the restored one; may be empty).
E=$RUN_DIR/etc
family=32; case $ADDRESS in *:*) family=128 ;; esac
{
  printf 'local all all trust\nlocal replication all trust\n'
  # A quote in a name is doubled, as in SQL. `md5` means SCRAM for a password that is kept so, MD5 for an older one.
  printf 'host "%s" "%s" %s/%s md5\n' "${DATABASE//\"/\"\"}" "${ROLE//\"/\"\"}" "$ADDRESS" "$family"
  # Its include lines would name files of the lost host; its `local` lines would open the socket that only we use.
  [ -n "$HBA_FILE" ] && [ -r "$HBA_FILE" ] && grep -vE '^[[:space:]]*(local|include|@)' "$HBA_FILE"
  true
} >"$E/pg_hba.conf.new" && mv "$E/pg_hba.conf.new" "$E/pg_hba.conf" || exit 73
kill -HUP "$(head -n 1 "$RUN_DIR/pgdata/postmaster.pid")" || exit 68
exit 0
