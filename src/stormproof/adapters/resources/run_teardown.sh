# End and remove everything of one run on this host, then look whether anything is left. Environment: WORK, RUN_ID, ACT.
# ACT=destroy removes, ACT=look only looks. Prints "destroyed BYTES", then a line "left KIND WHAT" for each thing found.
# Nothing outside WORK/RUN_ID is touched: a process counts as the run's by its working folder, its program's arguments
# or an open file below that folder.
case $RUN_ID in '' | */* | .*) echo "left refused a name that is no run id"; exit 2 ;; esac
R=$WORK/$RUN_ID
processes() {
  local d pid
  for d in /proc/[0-9]*; do
    pid=${d#/proc/}
    [ "$pid" = "$$" ] || [ "$pid" = "$BASHPID" ] && continue
    case $(readlink "$d/cwd" 2>/dev/null) in "$R" | "$R"/*) echo "$pid"; continue ;; esac
    if tr '\0' '\n' <"$d/cmdline" 2>/dev/null | grep -qF -- "$R"; then echo "$pid"; continue; fi
  done
}
# PostgreSQL's System V memory, which the kernel keeps of a server that was killed: ids of what nobody uses any more. A
# server tells id and maker in its postmaster.pid; one that was killed before it wrote that, but behind an earlier start,
# is known by the key alone, which is its data folder's inode (PostgreSQL 12 and later).
unused_memory() { # KEYS IDS-AND-MAKERS, separated by commas
  awk -v me="$(id -u)" -v keys=",$1," -v told=",$2," '
    NR > 1 && $7 == 0 && $8 == me && (index(keys, "," sprintf("%.0f", $1 < 0 ? $1 + 4294967296 : $1) ",") || index(told, "," $2 " " $5 ",")) { print $2 }
  ' /proc/sysvipc/shm 2>/dev/null
}
if [ "$ACT" = destroy ]; then
  keys='' told=''
  # The restored server, and those on snapshots of it.
  for data in "$R"/pgdata "$R"/*/pgdata "$R"/*/*/pgdata; do
    inode=$(stat -c %i "$data" 2>/dev/null) && keys+=,$((inode & 0xffffffff))
    lock=$data/postmaster.pid
    [ -e "$lock" ] && mapfile -t facts <"$lock" && pid=${facts[0]:-} && [ -n "$pid" ] || continue
    read -r _ segment <<<"${facts[6]:-}" && [ -n "$segment" ] && told+=",$segment $pid"
    # Its working folder must be the run's: a pid in a file alone may be anybody's.
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$data" ] && kill -QUIT "$pid" 2>/dev/null
  done
  exec 8<> <(:)
  for ((round = 0; round < 100; round++)); do
    mapfile -t alive < <(processes)
    [ ${#alive[@]} -eq 0 ] && break
    if [ $round -eq 10 ]; then kill -TERM "${alive[@]}" 2>/dev/null; fi
    if [ $round -ge 40 ]; then kill -KILL "${alive[@]}" 2>/dev/null; fi
    read -rt 0.03 -u 8
  done
  for segment in $(unused_memory "$keys" "$told"); do ipcrm -m "$segment" 2>/dev/null; done
  for segment in $(unused_memory "$keys" "$told"); do printf 'left shared-memory segment %s\n' "$segment"; done
  if [ -d "$R" ]; then
    bytes=$(du -sxb "$R" 2>/dev/null | cut -f1)
    # Folders alone: a file may be linked to from elsewhere, and needs no right of its own to be removed.
    find "$R" -xdev -type d ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
    rm -rf --one-file-system "$R"
    printf 'destroyed %s\n' "${bytes:-0}"
  fi
fi
for pid in $(processes); do printf 'left process %s %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c1-120)"; done
[ -e "$R" ] && printf 'left files %s\n' "$R"
grep -F " $R" /proc/self/mounts 2>/dev/null | while read -r _ place _; do printf 'left mount %s\n' "$place"; done
for memory in /dev/shm/*"$RUN_ID"*; do [ -e "$memory" ] && printf 'left shared-memory %s\n' "$memory"; done
exit 0
