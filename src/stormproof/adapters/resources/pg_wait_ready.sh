# Wait on the host until the restored server accepts writes; say so at once. Environment: RUN_DIR, WAIT_SECONDS.
# Line 8 of postmaster.pid turns "ready" when promotion is over, since the server was started with hot_standby=off.
# Looks every 5 ms without starting a process. Prints "ready EPOCH"; status 68 when the server is gone, 75 when time is up.
D=$RUN_DIR/pgdata
# with: room.sh
exec 8<> <(:)
deadline=$((SECONDS + WAIT_SECONDS))
# A server that ended before this began has taken its postmaster.pid along: the start's own note says who it was.
read -r pid 2>/dev/null <"$RUN_DIR/log/server.pid" || pid=
while [ "$SECONDS" -lt "$deadline" ]; do
  if mapfile -t lines 2>/dev/null <"$D/postmaster.pid"; then
    pid=${lines[0]:-$pid}
    case ${lines[7]:-} in ready*) echo "ready $EPOCHREALTIME"; exit 0 ;; esac
  fi
  if [ -n "$pid" ] && [ ! -e "/proc/$pid" ]; then
    grep -vE 'LOG:  (restored log file|checkpoint |redo in progress)' "$RUN_DIR/log/postgresql.log" | tail -n 30 >&2
    room "$RUN_DIR" >&2
    exit 68
  fi
  read -rt 0.005 -u 8
done
tail -n 30 "$RUN_DIR/log/postgresql.log" >&2
room "$RUN_DIR" >&2
exit 75
