#!/bin/bash
# The heartbeat writer: one row each 0.1 s through the application's way (TCP, its own role). Every acknowledged
# `sequence at` goes to a file of the writer's own, outside what is backed up. It outlives the primary and comes back with it.
# Needs: PGHOST, PGDATABASE, PGUSER, PGPASSFILE, PSQL (the real client, not the wrapper), STATE (folder).
# No `set -u`: bash unsets the coprocess's descriptors the moment it dies, which is the case this script is for.
export PGCONNECT_TIMEOUT=2 PGAPPNAME=heartbeat
export PGOPTIONS='-c statement_timeout=5s'
statement="insert into stormproof.heartbeat (at, host) values (clock_timestamp(), '$(uname -n)') returning sequence || ' ' || to_char(at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"');"
exec 7<> <(:) # a descriptor on which nothing ever arrives: a wait without a process
wait_seconds() { read -r -t "$1" -u 7 _ || true; }

while :; do
    coproc client { exec "$PSQL" -XAtq -v ON_ERROR_STOP=1 "connect_timeout=2 tcp_user_timeout=3000 keepalives_idle=1 keepalives_interval=1 keepalives_count=3" 2>>"$STATE/heartbeat.log"; }
    pid=$client_PID
    due=${EPOCHREALTIME/[.,]/}
    while printf '%s\n' "$statement" >&"${client[1]}" && IFS= read -r -t 6 line <&"${client[0]}"; do
        printf '%s\n' "$line" >>"$STATE/acknowledged"
        due=$((due + 100000))
        left=$((due - ${EPOCHREALTIME/[.,]/}))
        if ((left > 0)); then
            printf -v pause '0.%06d' "$left"
            wait_seconds "$pause"
        else
            due=${EPOCHREALTIME/[.,]/}
        fi
    done 2>/dev/null
    kill -9 "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    wait_seconds 0.2
done
