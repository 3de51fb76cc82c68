#!/bin/bash
# Steady load at a set rate through TCP as the application's role. pgbench gives up when the server dies; this does not.
# Needs: PGHOST, PGDATABASE, PGUSER, PGPASSFILE, PGBENCH, STATE, RATE (transactions per second), CUSTOMERS, SCRIPT.
set -u
export PGCONNECT_TIMEOUT=2 PGAPPNAME=load PGOPTIONS='-c statement_timeout=5s'
exec 7<> <(:)
while :; do
    "$PGBENCH" -n -c 2 -j 1 -R "$RATE" -T 100000000 -D "customers=$CUSTOMERS" -f "$SCRIPT" \
        "tcp_user_timeout=3000 keepalives_idle=1 keepalives_interval=1 keepalives_count=3" >"$STATE/load.log" 2>&1
    read -r -t 0.5 -u 7 _ || true
done
