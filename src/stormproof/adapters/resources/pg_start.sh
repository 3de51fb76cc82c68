# Start the restored server unless it runs. Environment: RUN_DIR, PG_BIN, CONFINE (pg_confine.pl, or empty: not confined).
# It outlives this script's connection. Prints "confined WHAT..." of a server that was started so.
D=$RUN_DIR/pgdata
report=$RUN_DIR/log/confined
told() { [ ! -e "$report" ] || printf 'confined %s\n' "$(cat "$report")"; }
if "$PG_BIN/pg_ctl" -D "$D" status >/dev/null 2>&1; then told; exit 0; fi
mapfile -t arguments <"$RUN_DIR/etc/arguments" || exit 66
words=()
for line in "${arguments[@]}"; do words+=(-c "${line#-c }"); done
around=()
rm -f "$report"
if [ -n "$CONFINE" ]; then
  # What it writes: its data, its tablespaces, its socket and logs, and which WAL it asked for. Not what we run or read.
  : >"$report" || exit 73
  # Memory that its processes share lies in its data folder then: a killed server would leave it in /dev/shm, restored
  # rows in it perhaps, and nobody could tell whose it was.
  words+=(-c dynamic_shared_memory_type=mmap)
  command -v perl >/dev/null &&
    around=(perl -e "$CONFINE" -- "$report" "$D" "$RUN_DIR/tablespaces" "$RUN_DIR/socket" "$RUN_DIR/log" "$RUN_DIR/wal" --)
fi
# No shell reads these arguments again, so no quote or blank in them can mean anything else.
PGDATA=$D setsid "${around[@]}" "$PG_BIN/postgres" -D "$D" "${words[@]}" </dev/null >>"$RUN_DIR/log/postgresql.log" 2>&1 &
pid=$!
disown
printf '%s\n' "$pid" >"$RUN_DIR/log/server.pid" # postmaster.pid goes with a server that ends soon after its start
exec 8<> <(:)
for ((tick = 0; tick < 2000; tick++)); do
  [ -s "$D/postmaster.pid" ] && { told; exit 0; }
  kill -0 "$pid" 2>/dev/null || { tail -n 20 "$RUN_DIR/log/postgresql.log" >&2; exit 68; }
  read -rt 0.005 -u 8
done
exit 75
