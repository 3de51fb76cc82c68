# The first write and read by the application's way: its role, its port, over TCP, into one of its tables.
# Environment: RUN_DIR, PG_BIN, ADDRESS, PORT, DATABASE, ROLE, APPLICATION_PASSWORD, WRITE_SQL, READ_SQL, RUN_ID, WAIT_SECONDS.
# Prints "acknowledged EPOCH" when both were answered. The password lives in a file that only this user reads, while this runs.
umask 077
escaped() { printf %s "$1" | sed 's/[\\:]/\\&/g'; }
P=$RUN_DIR/etc/pgpass
trap 'rm -f -- "$P"' EXIT # also where the copy is kept
printf '%s:%s:%s:%s:%s\n' "$(escaped "$ADDRESS")" "$PORT" "*" "$(escaped "$ROLE")" "$(escaped "$APPLICATION_PASSWORD")" >"$P" || exit 73
unset APPLICATION_PASSWORD
export PGPASSFILE=$P PGCONNECT_TIMEOUT=5 PGSSLMODE=disable
# By environment a name is a name: as an argument one with = in it would be read as a connection string.
export PGHOST=$ADDRESS PGPORT=$PORT PGUSER=$ROLE PGDATABASE=$DATABASE
exec 8<> <(:)
began=$SECONDS deadline=$((SECONDS + WAIT_SECONDS))
while :; do
  # One session: the write commits by itself, then the read must find it.
  answer=$(printf '%s;\n\\echo stormproof reads\n%s;\n' "$WRITE_SQL" "$READ_SQL" | "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -v run="$RUN_ID" \
    2>"$RUN_DIR/log/readiness.error")
  status=$?
  # Only what the read answers counts, and a count of none is no answer: a server may take a write and drop it.
  case $answer in *'stormproof reads'*) answer=${answer##*stormproof reads} answer=${answer#$'\n'} ;; *) answer= ;; esac
  if [ $status -eq 0 ] && [[ ! $answer =~ ^(0|f|false)?$ ]]; then
    echo "acknowledged $EPOCHREALTIME"
    exit 0
  fi
  # The reload of pg_hba.conf takes a few milliseconds; anything that lasts is an answer and not a delay.
  [ "$SECONDS" -lt "$deadline" ] || break
  # No waiting brings the right password, a right or a table: that is told soon.
  [ $((SECONDS - began)) -ge 2 ] &&
    grep -qE 'password authentication failed|permission denied|does not exist' "$RUN_DIR/log/readiness.error" && break
  read -rt 0.01 -u 8
done
cat "$RUN_DIR/log/readiness.error" >&2
[ $status -eq 0 ] && echo "the read found nothing" >&2
exit 68
