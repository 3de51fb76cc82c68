# Say what the vault holds right now. Runs on the vault, reads only. Environment: STANZA, STREAM_DIR, SNAPSHOT_DIRS.
# Lines: "now EPOCH" · "archive PATH" (relative to archive/STANZA) · "backup LABEL" · "stream NAME LENGTH SHA1 [SYSTEM]"
#        · "snapshot REPOSITORY ID" · "unreadable WHAT" · "end", the last
printf 'now %s\n' "$EPOCHREALTIME"
# told NAME KIND: one line on the streamed file that descriptor 9 is open on, whatever becomes of its name meanwhile.
told() {
  local length digest system=
  if [ "$2" = partial ]; then
    # pg_receivewal fills an open segment with zeros ahead of what came: what counts ends at the last other byte.
    length=$(perl -e '
      open(my $file, "<:raw", "/dev/fd/9") or exit 1; my ($at, $block) = (-s $file, "");
      while ($at > 0) { # backwards: a segment may have a gigabyte
        my $n = $at < 65536 ? $at : 65536;
        seek($file, $at - $n, 0) && read($file, $block, $n) == $n or exit 1;
        if (reverse($block) =~ /[^\0]/) { $at -= $-[0]; last }
        $at -= $n;
      }
      print $at')
  else length=$(stat -L -c %s /dev/fd/9); fi
  [ -n "$length" ] || { echo "unreadable $STREAM_DIR/$1"; return 0; }
  [ "$length" -gt 0 ] || return 0
  digest=$(head -c "$length" /dev/fd/9 2>/dev/null | sha1sum)
  # Whose WAL it is: the cluster's own number stands in the header of a segment's first page.
  case $1 in *.history) ;; *) [ "$length" -lt 32 ] || system=$(od -An -tu8 -j24 -N8 /dev/fd/9 2>/dev/null) ;; esac
  printf 'stream %s %s %s %s\n' "$1" "$length" "${digest%% *}" "${system##* }"
}
# The open segment first: it grows all the time, so its length is what the instant of the freeze means.
if [ -n "$STREAM_DIR" ] && [ -d "$STREAM_DIR" ] && [ -r "$STREAM_DIR" ]; then
  for path in "$STREAM_DIR"/*; do
    name=${path##*/} kind=whole
    case $name in
      *.partial) name=${name%.partial} kind=partial ;;
      *.history | ????????????????????????) ;;
      *) continue ;;
    esac
    # Since the folder was listed a segment may have been completed, which renames it, or tidied away once archived.
    { told "$name" "$kind"; } 9<"$path" || { [ $kind = partial ] && { told "$name" whole; } 9<"${path%.partial}"; } ||
      { [ $kind = whole ] && [ ! -e "$path" ]; } || echo "unreadable $path"
  done
elif [ -n "$STREAM_DIR" ]; then echo "unreadable $STREAM_DIR"; fi
if [ -n "$STANZA" ]; then
  pgbackrest --stanza="$STANZA" --log-level-file=off --log-level-console=error --repo1-cipher-type=none repo-ls --recurse --filter='[0-9A-F]{24}|\.history' "archive/$STANZA" |
    sed 's/^/archive /'
  [ "${PIPESTATUS[0]}" = 0 ] || echo "unreadable archive/$STANZA"
  pgbackrest --stanza="$STANZA" --log-level-file=off --log-level-console=error --repo1-cipher-type=none repo-ls --filter='^[0-9]{8}-[0-9]{6}F' "backup/$STANZA" |
    sed 's/^/backup /'
  [ "${PIPESTATUS[0]}" = 0 ] || echo "unreadable backup/$STANZA"
fi
for folder in $SNAPSHOT_DIRS; do
  if ls "$folder/snapshots" >/dev/null 2>&1; then
    for id in $(ls "$folder/snapshots"); do printf 'snapshot %s %s\n' "$folder" "$id"; done
  else echo "unreadable $folder/snapshots"; fi
done
echo end
exit 0
