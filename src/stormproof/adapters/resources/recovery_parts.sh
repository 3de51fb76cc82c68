# What a recovery was made of, from its own folder; then, with GET set, one file of WAL fetched the tools' way over each
# transport that there is, so that what a connection costs is measured and not guessed. Runs on the recovery host once
# the service is back. Environment: RUN_DIR, STANZA, GET (yes or empty), OWN_NAME (of the way that
# its configuration names), TLS_OPTIONS and OWN_OPTIONS (may be empty), LABEL of the restored backup, PGBACKREST_*.
# Lines: see core/recovery_parts.py.
W=$RUN_DIR/wal
echo "cores $(nproc)"
[ -r "$W/fetched" ] && sed 's/^/fetched /' "$W/fetched"
[ -r "$W/asked" ] && sed 's/^/asked /' "$W/asked"
[ -r "$W/extra" ] && sed 's/^/extra /' "$W/extra"
grep -a 'redo done at' "$RUN_DIR/log/postgresql.log" 2>/dev/null | sed 's/^/redo /'
[ -r "$RUN_DIR/log/restore.times" ] && stat -c 'based %.6Y' "$RUN_DIR/log/restore.times"
[ -r "$RUN_DIR/log/restore.times" ] && sed 's/^/cpu base /' "$RUN_DIR/log/restore.times"
[ -r "$RUN_DIR/log/restore.cores" ] && sed 's/^/host /' "$RUN_DIR/log/restore.cores"
echo "size $(stat -c %s "$W"/staged/* 2>/dev/null | { total=0; while read -r n; do total=$((total + n)); done; echo "$total"; })"
[ -n "$GET" ] || exit 0
# How the backup is compressed, from its manifest; and what unpacking each way costs, tried on 8 MB of what was restored,
# by the libraries that pgBackRest uses (gzip has a slower way of its own). Where one is not here nothing is told of it.
# shellcheck disable=SC2086 # words
type=$(timeout 30 pgbackrest --stanza="$STANZA" --log-level-file=off --log-level-console=off ${TLS_OPTIONS:-$OWN_OPTIONS} \
  repo-get "backup/$STANZA/$LABEL/backup.manifest" 2>/dev/null | awk -F'"' '/^option-compress-type=/ { print $2; exit }')
[ -n "$type" ] && echo "compressed $type"
sample=$RUN_DIR/probe.sample
find "$RUN_DIR/pgdata/base" -type f -size +1023k 2>/dev/null | sort | awk '{ all[NR] = $0 }
  END { for (i = 0; i < 8 && i < NR; i++) print all[1 + int(i * NR / 8)] }' |
  while read -r name; do head -c 1048576 "$name"; done >"$sample" 2>/dev/null
expansion() { # TYPE PROGRAM LEVEL: the quickest of three
  local i began now taken best=
  command -v "$2" >/dev/null && [ -s "$sample" ] && "$2" "$3" -c <"$sample" >"$sample.$1" 2>/dev/null || return 0
  for i in 1 2 3; do
    began=$EPOCHREALTIME
    "$2" -d -c <"$sample.$1" >/dev/null 2>&1 || return 0
    now=$EPOCHREALTIME taken=$((${now/./} - ${began/./}))
    [ -z "$best" ] || [ "$taken" -lt "$best" ] && best=$taken
  done
  echo "expand $1 $((best / 1000000)).$(printf %06d $((best % 1000000))) $(stat -c %s "$sample" "$sample.$1" | tr '\n' ' ')"
}
perl -MTime::HiRes=time -MCompress::Zlib -e 'local $/; my $all = <STDIN>; my $packed = Compress::Zlib::memGzip($all) or exit;
  my $best; for (1 .. 3) { my $copy = $packed; my $began = time; defined Compress::Zlib::memGunzip($copy) or exit;
  my $took = time - $began; $best = $took if !defined $best or $took < $best }
  printf "expand gz %.6f %d %d\n", $best, length $all, length $packed' <"$sample" 2>/dev/null
expansion zst zstd -3
expansion lz4 lz4 -1
[ "$type" != bz2 ] || expansion bz2 bzip2 -9
rm -f "$sample" "$sample".*
names=$(awk '$2 == "fetched" && $4 == "archive" && $1 !~ /history/ { print $1 }' "$W/fetched" 2>/dev/null | tail -n 4)
[ -n "$names" ] || exit 0
archive_get() { # NAME OPTIONS…: sets `seconds`
  local began=$EPOCHREALTIME now name=$1 status
  shift
  timeout 30 pgbackrest --stanza="$STANZA" --pg1-path="$RUN_DIR/pgdata" --lock-path="$RUN_DIR/lock" --log-level-file=off \
    --log-level-console=off "$@" archive-get "$name" "$RUN_DIR/probe.wal" >/dev/null 2>&1
  status=$?
  now=$EPOCHREALTIME
  seconds=$(printf '%d.%06d' $((( ${now/./} - ${began/./} ) / 1000000)) $((( ${now/./} - ${began/./} ) % 1000000)))
  rm -f "$RUN_DIR/probe.wal"
  return $status
}
newest=${names##*$'\n'}
archive_get "$newest"
echo "get ${OWN_NAME:-ssh} $? $seconds"
if [ -n "$TLS_OPTIONS" ]; then
  # shellcheck disable=SC2086 # words
  archive_get "$newest" $TLS_OPTIONS
  echo "get tls $? $seconds"
fi
[ -e "$W/on-demand" ] || exit 0 # what was fetched ahead says by itself what that costs
for name in $names; do
  # shellcheck disable=SC2086 # words
  archive_get "$name" $OWN_OPTIONS --archive-async --archive-get-queue-max=64MiB --spool-path="$RUN_DIR/probe-spool" || break
  echo "ahead $seconds"
done
exit 0
