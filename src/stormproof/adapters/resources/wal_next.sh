#!/bin/bash
# restore_command of a restored server: hand over one file of WAL, but only one that the vault held at the failure.
#   wal_next.sh WAL_FOLDER NAME TARGET
# WAL_FOLDER/list names what was there ("NAME SHA1 SOURCE LENGTH" a line); the fetching job stages each file under
# staged/ when its digest was right, and writes `ended` when it fetches no more. Where it fetches on demand
# (WAL_FOLDER/on-demand), it is asked by a file under want/ and answers by removing that.
# Each answer is noted in `asked`: INSTANT NAME RESULT SECONDS-WAITED.
# Status 1 tells PostgreSQL that the archive ends here, one above 125 that recovery cannot go on. Whether it ended where it
# should is asked afterwards ("reached").
folder=$1 name=$2 target=$3 began=$EPOCHREALTIME
say() {
  local now=$EPOCHREALTIME waited
  waited=$((${now/./} - ${began/./}))
  printf '%s %s %s %d.%06d\n' "$now" "$name" "$1" $((waited / 1000000)) $((waited % 1000000)) >>"$folder/asked"
}
listed=
while read -r known _; do
  [ "$known" = "$name" ] && { listed=yes; break; }
done <"$folder/list"
exec 8<> <(:)
asked=
for ((tick = 0; tick < 720000; tick++)); do # 3600 s in ticks of 5 ms; the fetching job's own bounds end earlier
  [ -e "$folder/list" ] || exit 200 # the run was removed: of a server that was killed this may be all that lives on
  if [ -z "$asked" ] && [ -e "$folder/on-demand" ]; then # the job may begin after the server
    : >"$folder/want/$name"
    asked=yes
  fi
  if [ ! -e "$folder/want/$name" ] || [ -e "$folder/ended" ]; then
    if [ -z "$listed" ]; then
      say refused
      exit 1
    fi
    if [ -e "$folder/staged/$name" ]; then
      say given
      cp "$folder/staged/$name" "$target" && exit 0
      # It is there and cannot be handed over, on a full disk for one: not the end of the archive. Above 125 recovery stops.
      exit 200
    fi
    if [ -e "$folder/ended" ] && [ ! -e "$folder/staged/$name" ]; then
      say missing
      exit 1
    fi
  fi
  read -rt 0.005 -u 8
done
exit 1
