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
if [ "$ACT" = destroy ]; then
  segments=()
  # The restored server, and those on snapshots of it.
  for lock in "$R"/pgdata/postmaster.pid "$R"/*/pgdata/postmaster.pid "$R"/*/*/pgdata/postmaster.pid; do
    [ -e "$lock" ] && mapfile -t facts <"$lock" && pid=${facts[0]:-} && [ -n "$pid" ] || continue
    # Its System V segment as well, with who made it: the kernel keeps that of a server that was killed.
    read -r _ segment <<<"${facts[6]:-}" && [ -n "$segment" ] && segments+=("$segment $pid")
    # Its working folder must be the run's: a pid in a file alone may be anybody's.
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "${lock%/*}" ] && kill -QUIT "$pid" 2>/dev/null
  done
  exec 8<> <(:)
  for ((round = 0; round < 100; round++)); do
    mapfile -t alive < <(processes)
    [ ${#alive[@]} -eq 0 ] && break
    if [ $round -eq 10 ]; then kill -TERM "${alive[@]}" 2>/dev/null; fi
    if [ $round -ge 40 ]; then kill -KILL "${alive[@]}" 2>/dev/null; fi
    read -rt 0.03 -u 8
  done
  for one in "${segments[@]}"; do
    ipcs -m -p 2>/dev/null | awk -v one="$one" '$1 " " $3 == one { found = 1 } END { exit !found }' && ipcrm -m "${one% *}" 2>/dev/null
  done
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
