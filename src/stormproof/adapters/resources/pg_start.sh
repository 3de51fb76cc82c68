# Start the restored server unless it runs. Environment: RUN_DIR, PG_BIN. It outlives this script's connection.
D=$RUN_DIR/pgdata
if "$PG_BIN/pg_ctl" -D "$D" status >/dev/null 2>&1; then echo running; exit 0; fi
mapfile -t arguments <"$RUN_DIR/etc/arguments" || exit 66
words=()
for line in "${arguments[@]}"; do words+=(-c "${line#-c }"); done
# No shell reads these arguments again, so no quote or blank in them can mean anything else.
PGDATA=$D setsid "$PG_BIN/postgres" -D "$D" "${words[@]}" </dev/null >>"$RUN_DIR/log/postgresql.log" 2>&1 &
pid=$!
disown
exec 8<> <(:)
for ((tick = 0; tick < 2000; tick++)); do
  [ -s "$D/postmaster.pid" ] && { echo started; exit 0; }
  kill -0 "$pid" 2>/dev/null || { tail -n 20 "$RUN_DIR/log/postgresql.log" >&2; exit 68; }
  read -rt 0.005 -u 8
done
exit 75
