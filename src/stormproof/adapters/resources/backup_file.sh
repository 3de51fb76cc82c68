# Files of one backup in the repository, by what its manifest says of them. Environment: FOLDER (scratch), STANZA, LABEL, ACT,
# PGDATA, COUNT, PGBACKREST_*.
#   ACT=first     print "file NAME PATH OFFSET LENGTH" of the one that a restore takes first: the largest that is stored by itself
#   ACT=damaged   read, in a restore's order, up to COUNT of those that a restore which ended early did not finish in PGDATA (it gives a
#                 file its time last), and print "damaged NAME STATUS" of the first that cannot be read or has another sum in
#                 the repository than the manifest says; nothing when there is none
# Between fields stands a tab. PATH is the file in the repository; OFFSET and LENGTH are of the part in a bundle, else 0.
# The manifest holds keys: it lies in a folder that only this user enters, for as long as this runs.
mkdir -p "$FOLDER" && chmod 700 "$FOLDER" && cd "$FOLDER" || exit 73
trap 'rm -f manifest list marked one' EXIT
ask() { pgbackrest --stanza="$STANZA" --log-level-file=off --log-level-console=error "$@"; }
ask repo-get "backup/$STANZA/$LABEL/backup.manifest" >manifest || ask repo-get "backup/$STANZA/$LABEL/backup.manifest.copy" >manifest || exit 65
# BUNDLE OFFSET SIZE NAME REPO-CHECKSUM REFERENCE LENGTH TIME, in a restore's order: first those stored by themselves, the largest
# first, then the bundles. Those of tablespaces come last: a second process takes them.
LC_ALL=C awk -v label="$LABEL" '
  function field(name, is) { # of the JSON object in `value`; "" when it is not there
    if (!match(value, "\"" name "\":(\"[^\"]*\"|[0-9]+)")) return ""
    is = substr(value, RSTART + length(name) + 3, RLENGTH - length(name) - 3); gsub(/"/, "", is); return is
  }
  /^\[/ { section = $0; next }
  section == "[backup:option]" && /^option-compress-type=/ { type = $0; sub(/^[^=]*=/, "", type); gsub(/"/, "", type) }
  section == "[target:file]" && match($0, /=\{/) {
    name = substr($0, 1, RSTART - 1); value = substr($0, RSTART + 1); size = field("size")
    if (size == 0 || value ~ /"bim":/) next # empty, or in blocks of several backups
    reference = field("reference"); if (reference == "") reference = label
    printf "%d\t%d\t%s\t%s\t%s\t%s\t%d\t%s\n", field("bni"), field("bno"), size, name, field("rck"), reference, field("repo-size"), field("timestamp")
  }
  END { print type >"type" }' manifest |
  awk -F '\t' '{ print ($4 ~ /^pg_data\// ? 0 : 1) "\t" $0 }' | sort -t "$(printf '\t')" -k 1,1n -k 2,2n -k 3,3n -k 4,4nr -s | cut -f 2- >list
case $(cat type) in gz) extension=.gz ;; lz4) extension=.lz4 ;; zst) extension=.zst ;; bz2) extension=.bz2 ;; *) extension= ;; esac
rm -f type
place() { # NAME REFERENCE BUNDLE
  if [ "$3" -gt 0 ]; then printf 'backup/%s/%s/bundle/%s' "$STANZA" "$2" "$3"; else printf 'backup/%s/%s/%s%s' "$STANZA" "$2" "$1" "$extension"; fi
}
# `read` takes two tabs for one, so a field that may be empty is read with another mark between.
tr '\t' '|' <list >marked
if [ "$ACT" = first ]; then
  IFS='|' read -r bundle offset _ name _ reference length _ <marked || exit 69
  [ "$bundle" -gt 0 ] || { offset=0 length=0; }
  printf 'file\t%s\t%s\t%s\t%s\n' "$name" "$(place "$name" "$reference" "$bundle")" "$offset" "$length"
  exit 0
fi
looked=0
while IFS='|' read -r bundle offset size name repo_checksum reference length time; do
  [ "$(stat -c '%s %Y' "$PGDATA/${name#pg_data/}" 2>/dev/null)" = "$size $time" ] && continue
  looked=$((looked + 1))
  [ $looked -le "$COUNT" ] || break
  [ -n "$repo_checksum" ] || continue # before 2.42 a manifest does not say what lies in the repository
  ask repo-get --raw "$(place "$name" "$reference" "$bundle")" 2>/dev/null >one
  status=$?
  sum=$(tail -c "+$((offset + 1))" one | head -c "$length" | sha1sum)
  if [ $status -ne 0 ] || [ "${sum%% *}" != "$repo_checksum" ]; then printf 'damaged\t%s\t%s\n' "$name" "$status"; break; fi
done <marked
exit 0
