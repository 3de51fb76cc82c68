# Restore one snapshot. A template: restic.py fills in what stands in single braces. Runs as a detached job.
mkdir -p {target} {run_dir}/cache || failed 73 ''
# Its words go through memory, since a full disk takes none. One full disk was seen to say 3,680 lines with the cause in the
# first and not in the last, so both ends are kept. A pack that is not there will not come by waiting, nor room for
# restic's cache, nor a connection whose ssh has ended (it opens no other), yet it tries ten times, for 45 s and more: when
# the reader goes, its next word ends it.
both_ends() {{
  local line i count=0 last=()
  while IFS= read -r line; do
    case $line in
      'Load('*retrying*'does not exist'* | 'Load('*retrying*'no such file'* | 'Load('*retrying*'no space left'* | *retrying*'connection lost'*)
        printf '%s\nstormproof: given up, since this does not pass by waiting\n' "$line"
        return
        ;;
    esac
    count=$((count + 1))
    if [ $count -le 12 ]; then printf '%s\n' "$line"; else last[count % 8]=$line; fi
  done
  [ $count -le 20 ] || printf '(%s lines of %s are left out)\n' $((count - 20)) $count
  for ((i = count - 7; i <= count; i++)); do [ $i -le 12 ] || printf '%s\n' "${{last[i % 8]}}"; done
}}
said=$(
  restic -r {repository} --no-lock --cache-dir {run_dir}/cache restore {snapshot} --target {target}{wanted} 2>&1 >/dev/null | both_ends
  exit "${{PIPESTATUS[0]}}"
)
status=$?
[ $status -eq 0 ] || failed $status "$said"
for path in {paths}; do
  [ -e {target}"$path" ] || failed 66 "stormproof: not in the snapshot: $path"
done
exit 0
