#!/bin/bash
# Receives production's WAL at the vault, and again whenever the connection is lost.
# Needs: PGPASSFILE, RECEIVER (pg_receivewal), FOLDER, SLOT, NAME, SYNCHRONOUS ('' or --synchronous).
exec 7<> <(:)
while :; do
    # shellcheck disable=SC2086 # nothing or one word
    "$RECEIVER" --no-loop --no-password $SYNCHRONOUS -s 1 -D "$FOLDER" --slot "$SLOT" \
        -d "host=app-primary user=wal_receiver application_name=$NAME connect_timeout=3 tcp_user_timeout=5000 keepalives_idle=2 keepalives_interval=1 keepalives_count=3"
    read -r -t 0.3 -u 7 _
done
