# Fetch every file of WAL on the list, in order, from the vault. Runs as a detached job.
# With ONLY=stream it brings just what the stream's folder holds, over one connection: that needs no restored data
# directory, so it runs beside the restore. What it cannot find is left to the run without ONLY.
# Environment: ONLY (may be empty), RUN_DIR, STANZA, FILES_ALIAS (ssh alias of the read-only sftp), STREAM_DIR, PGBACKREST_* (passphrase).
# A file that is damaged or cannot be had ends the fetching: replay cannot pass it. That is written to `fetched`, one
# line a file: NAME RESULT SECONDS SOURCE, and judged by the reached check; status 0 says that the list was worked off.
# AGAIN_STATUSES (a list, may be empty): ends of pgBackRest that may pass by themselves, and are tried again here: replay waits.
W=$RUN_DIR/wal
mkdir -p "$W/staged" "$W/part" && rm -f "$W/ended" || exit 73 # `ended` may stand from a try that failed
# Made now, renamed at the end: on a full disk nothing can be made any more, and replay would wait in vain.
[ -n "$ONLY" ] || : >"$W/ending" || exit 73
finish() { [ -n "$ONLY" ] || mv "$W/ending" "$W/ended"; }
trap finish EXIT
full() { # status 0 when the disk is: less than a megabyte is free, or less than a hundred inodes
  local bytes inodes total
  read -r bytes inodes total < <(df --output=avail,iavail,itotal -B1 "$RUN_DIR" | tail -n 1)
  [ "$total" -gt 0 ] || inodes=any # as btrfs has it
  [ "$bytes" -lt 1000000 ] || [[ $inodes =~ ^[0-9]{1,2}$ ]] || return 1
  rm -f "${J:-/nowhere}/reserve"
  printf 'room: %s bytes and %s inodes are free\n' "$bytes" "$inodes" >&2
}
try_again() { # STATUS: wait, or status 1 when it is final or was tried often enough
  case " ${AGAIN_STATUSES:-} " in *" $1 "*) ;; *) return 1 ;; esac
  tries=$((tries + 1))
  [ $tries -le 5 ] || return 1
  sleep $tries
}

note() { printf '%s %s %s %s\n' "$1" "$2" "$3" "$4" >>"$W/fetched"; }
since() { local now=$EPOCHREALTIME; printf '%d.%06d' $((( ${now/./} - ${1/./} ) / 1000000)) $((( ${now/./} - ${1/./} ) % 1000000)); }

# fill FILE: zeros up to a whole segment. Its first page says how much that is; with less than that page's header no
# record came, and any size is too short for one.
fill() {
  local size=
  [ "$(stat -c %s "$1")" -lt 40 ] || size=$(od -An -tu4 -j32 -N4 "$1")
  truncate -s "$((${size:-16777216}))" "$1"
}

# keep NAME DIGEST LENGTH BEGAN: cut an open segment to the length that the list names, compare, fill it up with zeros.
keep() {
  truncate -s "$3" "$W/part/$1" || exit 74
  got=$(sha1sum <"$W/part/$1")
  if [ "${got%% *}" != "$2" ]; then note "$1" damaged "$(since "$4")" stream; return 1; fi
  case $1 in *.history) ;; *) fill "$W/part/$1" || exit 74 ;; esac
  mv "$W/part/$1" "$W/staged/$1" || exit 74
  note "$1" fetched "$(since "$4")" stream
}

if [ "$ONLY" = stream ]; then
  began=$EPOCHREALTIME
  while read -r name _ source _; do
    [ "$source" = stream ] && printf -- '-get "%s" "%s"\n-get "%s" "%s"\n' "$STREAM_DIR/$name" "$W/part/$name" \
      "$STREAM_DIR/$name.partial" "$W/part/$name.partial"
  done <"$W/list" | sftp -q -b - "$FILES_ALIAS" >/dev/null 2>"$W/error.stream"
  while read -r name digest source length; do
    [ "$source" = stream ] && [ ! -e "$W/staged/$name" ] || continue
    [ -e "$W/part/$name" ] || mv "$W/part/$name.partial" "$W/part/$name" 2>/dev/null || continue
    keep "$name" "$digest" "$length" "$began" || break
  done <"$W/list"
  exit 0
fi

tries=0
while read -r name digest source length; do
  [ -n "$name" ] || continue
  [ -e "$W/staged/$name" ] && continue
  began=$EPOCHREALTIME
  rm -f "$W/part/$name"
  if [ "$source" = stream ]; then
    printf 'get "%s" "%s"\n' "$STREAM_DIR/$name" "$W/part/$name" | sftp -q -b - "$FILES_ALIAS" >/dev/null 2>"$W/error" ||
      printf 'get "%s" "%s"\n' "$STREAM_DIR/$name.partial" "$W/part/$name" | sftp -q -b - "$FILES_ALIAS" >/dev/null 2>"$W/error" ||
      # The segment was completed, archived and tidied away since: the archive has it whole, the list says how much counts.
      pgbackrest --stanza="$STANZA" --pg1-path="$RUN_DIR/pgdata" --spool-path="$RUN_DIR/spool" --lock-path="$RUN_DIR/lock" \
        --log-level-file=off --log-level-console=warn archive-get "$name" "$W/part/$name" >>"$W/error" 2>&1
    status=$?
    if [ $status -eq 0 ]; then
      keep "$name" "$digest" "$length" "$began" || exit 0
      continue
    fi
  else
    while :; do
      pgbackrest --stanza="$STANZA" --pg1-path="$RUN_DIR/pgdata" --spool-path="$RUN_DIR/spool" --lock-path="$RUN_DIR/lock" \
        --archive-async --archive-get-queue-max=1GiB --process-max=2 \
        --log-level-file=off --log-level-console=warn archive-get "$name" "$W/part/$name" >"$W/error" 2>&1
      status=$?
      try_again $status || break
    done
    if [ $status -eq 0 ]; then got=$(sha1sum <"$W/part/$name"); got=${got%% *}; fi
  fi
  if [ $status -ne 0 ]; then
    full && exit 74
    if [ $status -eq 42 ]; then # "unable to get" wraps what each repository said: is it the file, or the way to it?
      case $(tail -c 4000 "$W/error") in
        *'[ChecksumError]'*) status=26 ;;
        *'[FormatError]'*) status=29 ;;
        *'[FileMissingError]'*) status=55 ;;
        *'[CryptoError]'*) status=95 ;;
      esac
    fi
    note "$name" "status-$status" "$(since "$began")" "$source"
    tail -c 2000 "$W/error" >&2
    exit 0
  fi
  if [ "$digest" != - ] && [ "$got" != "$digest" ]; then
    note "$name" damaged "$(since "$began")" "$source"
    exit 0
  fi
  mv "$W/part/$name" "$W/staged/$name" || exit 74
  note "$name" fetched "$(since "$began")" "$source"
done <"$W/list"
exit 0
