# Fetch the files of WAL on the list from the vault. Runs as a detached job.
# WAY=stream    just what the stream's folder holds, over one connection: that needs no restored data directory, so it
#               runs beside the restore. What it cannot find is left to the other ways.
# WAY=prefetch  everything in the list's order, ahead of replay: pgBackRest's asynchronous form brings files over
#               CONNECTIONS connections that it keeps, which costs less than a connection for each.
# WAY=on-demand one file when replay asks for it, as the tools do by themselves, until the server accepts writes. What is
#               not on the list is asked for as well (that is what the tools' way costs) and never handed out.
# Environment: WAY, CONNECTIONS, RUN_DIR, STANZA, FILES_ALIAS (ssh alias of the read-only sftp), STREAM_DIR,
# REPOSITORY_OPTIONS (how pgBackRest reaches the vault; words without blanks), PGBACKREST_* (passphrase).
# AGAIN_STATUSES (a list, may be empty): ends of pgBackRest that may pass by themselves, and are tried again here: replay waits.
# A file that is damaged or cannot be had ends the fetching: replay cannot pass it. That is written to `fetched`, one
# line a file: NAME RESULT SECONDS SOURCE ENDED, and judged by the reached check; status 0 says that the list was worked
# off. `extra` has a line for each file that was asked for in vain or again: NAME SECONDS.
W=$RUN_DIR/wal
mkdir -p "$W/staged" "$W/part" "$W/want" && rm -f "$W/ended" || exit 73 # `ended` may stand from a try that failed
# Made now, renamed at the end: on a full disk nothing can be made any more, and replay would wait in vain.
[ "$WAY" = stream ] || : >"$W/ending" || exit 73
finish() {
  local status=$?
  [ "$WAY" = stream ] || mv "$W/ending" "$W/ended"
  [ $status -eq 0 ] || full # anything may have failed on one
}
trap finish EXIT
# with: room.sh
full() { # status 0 when the disk is: less than a megabyte is free, or less than a hundred inodes
  local told bytes inodes
  told=$(room "$RUN_DIR")
  read -r _ bytes _ _ inodes _ < <(printf '%s\n' "$told")
  [ "$bytes" -lt 1000000 ] || [[ $inodes =~ ^[0-9]{1,2}$ ]] || return 1
  rm -f "${J:-/nowhere}/reserve"
  printf '%s\n' "$told" >&2
}
tries=0
try_again() { # STATUS: wait, or status 1 when it is final or was tried often enough
  case " ${AGAIN_STATUSES:-} " in *" $1 "*) ;; *) return 1 ;; esac
  tries=$((tries + 1))
  [ $tries -le 5 ] || return 1
  sleep $tries
}

note() { printf '%s %s %s %s %s\n' "$1" "$2" "$3" "$4" "$EPOCHREALTIME" >>"$W/fetched"; }
since() { local now=$EPOCHREALTIME; printf '%d.%06d' $((( ${now/./} - ${1/./} ) / 1000000)) $((( ${now/./} - ${1/./} ) % 1000000)); }
asynchronous=
[ "$WAY" != prefetch ] ||
  asynchronous="--archive-async --archive-get-queue-max=1GiB --process-max=$CONNECTIONS --spool-path=$RUN_DIR/spool"
archive_get() { # NAME OPTIONS
  # shellcheck disable=SC2086 # words
  pgbackrest --stanza="$STANZA" --pg1-path="$RUN_DIR/pgdata" --lock-path="$RUN_DIR/lock" $REPOSITORY_OPTIONS $2 \
    --log-level-file=off --log-level-console=warn archive-get "$1" "$W/part/$1" >>"$W/error" 2>&1
}

# fill FILE: zeros up to a whole segment. Its first page says how much that is; with less than that page's header no
# record came, and any size is too short for one.
fill() {
  local size=
  [ "$(stat -c %s "$1")" -lt 40 ] || size=$(od -An -tu4 -j32 -N4 "$1")
  truncate -s "$((${size:-16777216}))" "$1"
}

# keep NAME DIGEST LENGTH BEGAN: cut an open segment to the length that the list names, compare, fill it up with zeros.
keep() {
  local got
  truncate -s "$3" "$W/part/$1" || exit 74
  got=$(sha1sum <"$W/part/$1")
  if [ "${got%% *}" != "$2" ]; then note "$1" damaged "$(since "$4")" stream; return 1; fi
  case $1 in *.history) ;; *) fill "$W/part/$1" || exit 74 ;; esac
  mv "$W/part/$1" "$W/staged/$1" || exit 74
  note "$1" fetched "$(since "$4")" stream
}

# get NAME SOURCE: bring one file into part/; status as pgBackRest's, words in `error`.
get() {
  local status
  rm -f "$W/part/$1"
  : >"$W/error"
  if [ "$2" = stream ]; then
    printf 'get "%s" "%s"\n' "$STREAM_DIR/$1" "$W/part/$1" | sftp -q -b - "$FILES_ALIAS" >/dev/null 2>>"$W/error" ||
      printf 'get "%s" "%s"\n' "$STREAM_DIR/$1.partial" "$W/part/$1" | sftp -q -b - "$FILES_ALIAS" >/dev/null 2>>"$W/error" ||
      # The segment was completed, archived and tidied away since: the archive has it whole, the list says how much counts.
      archive_get "$1" ""
    return
  fi
  while :; do
    archive_get "$1" "$asynchronous"
    status=$?
    try_again $status || return $status
    : >"$W/error"
  done
}

# bring NAME DIGEST SOURCE LENGTH: get it, and stage it when it is what the list names. Status 1 ends the fetching.
bring() {
  local began=$EPOCHREALTIME status got
  get "$1" "$3"
  status=$?
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
    note "$1" "status-$status" "$(since "$began")" "$3"
    tail -c 2000 "$W/error" >&2
    return 1
  fi
  if [ "$3" = stream ]; then keep "$1" "$2" "$4" "$began"; return; fi
  got=$(sha1sum <"$W/part/$1")
  if [ "$2" != - ] && [ "${got%% *}" != "$2" ]; then note "$1" damaged "$(since "$began")" "$3"; return 1; fi
  mv "$W/part/$1" "$W/staged/$1" || exit 74
  note "$1" fetched "$(since "$began")" "$3"
}

stream() {
  local began=$EPOCHREALTIME name digest source length
  while read -r name _ source _; do
    [ "$source" = stream ] && printf -- '-get "%s" "%s"\n-get "%s" "%s"\n' "$STREAM_DIR/$name" "$W/part/$name" \
      "$STREAM_DIR/$name.partial" "$W/part/$name.partial"
  done <"$W/list" | sftp -q -b - "$FILES_ALIAS" >/dev/null 2>"$W/error.stream"
  while read -r name digest source length; do
    [ "$source" = stream ] && [ ! -e "$W/staged/$name" ] || continue
    [ -e "$W/part/$name" ] || mv "$W/part/$name.partial" "$W/part/$name" 2>/dev/null || continue
    keep "$name" "$digest" "$length" "$began" || break
  done <"$W/list"
}

prefetch() {
  local name digest source length
  while read -r name digest source length; do
    [ -n "$name" ] && [ ! -e "$W/staged/$name" ] || continue
    bring "$name" "$digest" "$source" "$length" || return
  done <"$W/list"
}

on_demand() {
  local name known digest source length path lines=() seen= began
  exec 8<> <(:)
  : >"$W/on-demand"
  while :; do
    for path in "$W/want"/*; do
      [ -e "$path" ] || continue
      name=${path##*/} known= digest= source= length=
      while read -r known digest source length; do [ "$known" = "$name" ] && break; done <"$W/list"
      if [ "$known" = "$name" ] && [ ! -e "$W/staged/$name" ]; then
        bring "$name" "$digest" "$source" "$length" || return
      elif [ "$known" != "$name" ] || [ "$source" != stream ]; then
        began=$EPOCHREALTIME
        archive_get "$name" ""
        rm -f "$W/part/$name"
        printf '%s %s\n' "$name" "$(since "$began")" >>"$W/extra"
      fi
      rm -f "$path"
    done
    if mapfile -t lines 2>/dev/null <"$RUN_DIR/pgdata/postmaster.pid"; then
      seen=${lines[0]:-$seen}
      case ${lines[7]:-} in ready*) return ;; esac
    fi
    [ -z "$seen" ] || [ -e "/proc/$seen" ] || return
    read -rt 0.005 -u 8
  done
}

case $WAY in
stream) stream ;;
prefetch) prefetch ;;
on-demand) on_demand ;;
*) exit 64 ;;
esac
exit 0
