#!/bin/bash
# restore_command of a restored server: hand over one file of WAL, but only one that the vault held at the failure.
#   wal_next.sh WAL_FOLDER NAME TARGET
# WAL_FOLDER/list names what was there ("NAME SHA1 SOURCE LENGTH" a line); the fetching job stages each file under
# staged/ when its digest was right, and writes `ended` when it fetches no more.
# Status 1 tells PostgreSQL that the archive ends here, one above 125 that recovery cannot go on. Whether it ended where it should is asked afterwards ("reached").
folder=$1 name=$2 target=$3
listed=
while read -r known _; do
  [ "$known" = "$name" ] && { listed=yes; break; }
done <"$folder/list"
if [ -z "$listed" ]; then
  printf '%s %s refused\n' "$EPOCHREALTIME" "$name" >>"$folder/asked"
  exit 1
fi
exec 8<> <(:)
for ((tick = 0; tick < 360000; tick++)); do # 3600 s in ticks of 10 ms; the fetching job's own bounds end earlier
  if [ -e "$folder/staged/$name" ]; then
    printf '%s %s given\n' "$EPOCHREALTIME" "$name" >>"$folder/asked"
    cp "$folder/staged/$name" "$target" && exit 0
    # It is there and cannot be handed over, on a full disk for one: not the end of the archive. Above 125 recovery stops.
    exit 200
  fi
  if [ -e "$folder/ended" ] && [ ! -e "$folder/staged/$name" ]; then
    printf '%s %s missing\n' "$EPOCHREALTIME" "$name" >>"$folder/asked"
    exit 1
  fi
  read -rt 0.01 -u 8
done
exit 1
