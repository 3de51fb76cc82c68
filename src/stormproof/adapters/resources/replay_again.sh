# Lay out what a second replay of a backup may use, below a folder of its own: the list, and the files that are there.
# Environment: RUN_DIR (of the drill: only read), OWN (the second's), NAME (the segment that is harmed), HOW.
#   HOW=lost      it is neither on the list nor there
#   HOW=damaged   it is on the list, and neither it nor any archived one behind it was fetched yet
W=$OWN/wal
rm -rf "$W" && mkdir -p "$W/staged" "$W/part" "$OWN/bin" "$OWN/spool" "$OWN/lock" "$OWN/log" || exit 73
cp "$RUN_DIR/bin/wal_next.sh" "$OWN/bin/wal_next.sh" || exit 74
if [ "$HOW" = lost ]; then grep -v "^$NAME " "$RUN_DIR/wal/list" >"$W/list"; else cp "$RUN_DIR/wal/list" "$W/list" || exit 74; fi
behind=
while read -r name _ source _; do
  [ "$name" = "$NAME" ] && behind=yes && continue
  [ "$HOW" = damaged ] && [ -n "$behind" ] && [ "$source" = archive ] && continue
  [ -e "$RUN_DIR/wal/staged/$name" ] || continue
  # Names of the same files: nobody writes to a staged one, replay copies it.
  ln "$RUN_DIR/wal/staged/$name" "$W/staged/$name" || exit 74
  printf '%s fetched 0 %s\n' "$name" "$source" >>"$W/fetched"
done <"$W/list"
[ "$HOW" = damaged ] || : >"$W/ended"
# The snapshot's server replays as the judged one did: to the same target, from this folder.
{
  grep -E '^-c recovery_target' "$RUN_DIR/etc/arguments"
  printf -- '-c restore_command=%s\n' "$OWN/bin/wal_next.sh $W %f %p"
} >>"$OWN/etc/arguments" || exit 73
: >"$OWN/log/postgresql.log"
