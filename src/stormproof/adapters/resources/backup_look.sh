# Read what describes a backup, and the copy of each that pgBackRest keeps: backup.manifest, backup.info, archive.info.
# Environment: FOLDER (made and removed here), STANZA, LABEL, PGBACKREST_*. Reads only; the client decrypts.
# Lines: "file NAME STATUS BYTES SHA1 own-sum|other-sum" · "said NAME BASE64" (its last words, when STATUS is not 0)
#        · "entry NAME JSON" (of a backup.info: this backup's) · "field NAME SECTION KEY JSON" · "files NAME COUNT BYTES"
# The files hold the keys of what they describe. They lie in a folder that only this user enters, for as long as this runs.
rm -rf "$FOLDER" && mkdir -p "$FOLDER" && chmod 700 "$FOLDER" && cd "$FOLDER" || exit 73
trap 'rm -rf "$FOLDER"' EXIT

# Text as the sum goes over it: one JSON document of all sections, without the sum itself. Facts go to a file beside it.
cat >text.awk <<'AWK'
/^\[.*\]$/ { section = substr($0, 2, length($0) - 2); pending = 1; next }
{
  at = match($0, /=(["{[0-9-]|true$|false$|null$)/)
  if (!at) next
  key = substr($0, 1, at - 1); value = substr($0, at + 1)
  if (section == "backrest" && key == "backrest-checksum") { gsub(/"/, "", value); print value >sum; next }
  if (section == "backup" || section == "backup:db") printf "field %s %s %s %s\n", name, section, key, value >facts
  if (section == "backup:current" && key == label) printf "entry %s %s\n", name, value >facts
  if (section == "target:file") { files++; if (match(value, /"size":[0-9]+/)) bytes += substr(value, RSTART + 7, RLENGTH - 7) }
  if (pending) { printf "%s\"%s\":{", (sections++ ? "}," : "{"), section; pending = first = 0 }
  printf "%s\"%s\":%s", (first++ ? "," : ""), key, value
}
END { printf "}}"; if (files) printf "files %s %d %.0f\n", name, files, bytes >facts }
AWK

look() { # NAME PATH
  local name=$1 status sum=other-sum made
  pgbackrest --stanza="$STANZA" --log-level-file=off --log-level-console=warn repo-get "$2" >"$name" 2>"$name.said"
  status=$?
  if [ $status -eq 0 ]; then
    : >"$name.facts"
    made=$(LC_ALL=C awk -v name="$name" -v label="$LABEL" -v facts="$name.facts" -v sum="$name.sum" -f text.awk "$name" | sha1sum)
    [ "${made%% *}" = "$(cat "$name.sum" 2>/dev/null)" ] && sum=own-sum
  fi
  made=$(sha1sum <"$name")
  printf 'file %s %s %s %s %s\n' "$name" "$status" "$(stat -c %s "$name")" "${made%% *}" "$sum" >"$name.answer"
  if [ $status -eq 0 ]; then cat "$name.facts" >>"$name.answer"; else
    printf 'said %s %s\n' "$name" "$(tail -c 600 "$name.said" | base64 -w0)" >>"$name.answer"
  fi
}

for copy in '' .copy; do
  look "backup.manifest$copy" "backup/$STANZA/$LABEL/backup.manifest$copy" &
  look "backup.info$copy" "backup/$STANZA/backup.info$copy" &
  look "archive.info$copy" "archive/$STANZA/archive.info$copy" &
done
wait
cat ./*.answer
