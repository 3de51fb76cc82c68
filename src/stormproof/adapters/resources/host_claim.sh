# Who restores on this host: one run at a time. Environment: WORK, ACT, RUN_ID, WHO, TTL (seconds).
# WORK/.owner holds "RUN BOOT UNTIL WHO"; UNTIL counts the seconds since the host was booted, which no step of its clock
# touches. Every look and change is made under a lock on the folder itself, so nothing has to be removed afterwards.
# Answers: "mine" · "held RUN SECONDS WHO" (its runner gave a sign of life) · "lapsed RUN SECONDS WHO" (it gave none, and
# its folder is still there) · "lost RUN" (to a renew: it is ours no more) · "free".
umask 077
file=$WORK/.owner
if [ ! -d "$WORK" ]; then
  [ "$ACT" = take ] || { echo free; exit 0; }
  mkdir -p "$WORK" || exit 73
fi
exec 9<"$WORK" && flock -w 10 9 || exit 75
read -r up _ </proc/uptime && now=${up%.*}
read -r boot </proc/sys/kernel/random/boot_id
run='' was='' until=0 who=''
[ -e "$file" ] && read -r run was until who <"$file"
case $until in '' | *[!0-9]*) until=0 ;; esac
[ "$was" = "$boot" ] || until=$TTL # before a reboot: its runner has as long again to say that it lives

write() {
  printf '%s %s %s %s\n' "$RUN_ID" "$boot" $((now + TTL)) "$WHO" >"$file.new" && mv "$file.new" "$file" ||
    { rm -f "$file.new"; exit 74; } # on a full disk an empty one would stay behind
  echo mine
}
standing() {
  if [ -z "$run" ]; then echo free
  elif [ "$until" -gt "$now" ]; then printf 'held %s %s %s\n' "$run" $((until - now)) "$who"
  else printf 'lapsed %s %s %s\n' "$run" $((now - until)) "$who"; fi
}

case $ACT in
  take)
    if [ -z "$run" ] || [ "$run" = "$RUN_ID" ]; then write
    elif [ "$until" -gt "$now" ] || [ -e "$WORK/$run" ]; then standing
    else write; fi ;;
  renew) if [ "$run" = "$RUN_ID" ]; then write; else printf 'lost %s\n' "${run:-nobody}"; fi ;;
  release) [ "$run" != "$RUN_ID" ] || rm -f "$file" || exit 74; echo free ;;
  look) standing ;;
esac
