#!/bin/bash
# New files at a low rate: the file first (sftp, under its final name only once it is whole), then the row that points to it.
# Needs: PGHOST, PGDATABASE, PGUSER, PGPASSFILE, PSQL, STATE, EVERY (seconds between files), SSH_ALIAS.
set -u
export PGCONNECT_TIMEOUT=2 PGAPPNAME=uploads PGOPTIONS='-c statement_timeout=5s'
exec 7<> <(:)
scratch=$(mktemp -d) # the host's own /tmp
while :; do
    name=$(date -u +%Y%m%dT%H%M%S.%N)
    head -c $((1024 + RANDOM * 4)) /dev/urandom >"$scratch/file"
    read -r digest _ < <(sha256sum "$scratch/file")
    bytes=$(stat -c %s "$scratch/file")
    if sftp -q -b - "$SSH_ALIAS" >/dev/null 2>>"$STATE/uploads.log" <<-BATCH
		put $scratch/file new/.$name.part
		rename new/.$name.part new/$name.bin
	BATCH
    then
        "$PSQL" -XAtq -v ON_ERROR_STOP=1 -v path="new/$name.bin" -v digest="$digest" -v bytes="$bytes" \
            "tcp_user_timeout=3000" 2>>"$STATE/uploads.log" <<-'STATEMENT'
			insert into public.attachments (order_id, path, sha256, bytes)
			values (coalesce((select id from public.orders order by placed_at desc limit 1), 0), :'path', :'digest', :'bytes');
		STATEMENT
    fi
    read -r -t "$EVERY" -u 7 _ || true
done
