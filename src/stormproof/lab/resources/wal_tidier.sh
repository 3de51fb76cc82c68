#!/bin/bash
# Removes streamed segments that the archive has: after KEEP_SECONDS, or at once when they fill more than KEEP_MEGABYTES.
# A segment that the archive does not have is never removed. Needs: FOLDER, ARCHIVE (…/archive/STANZA).
exec 7<> <(:)
shopt -s nullglob
archived() { # does any history of the archive (15-1, …) hold this segment, under its name and digest?
    local found=("$ARCHIVE"/*/"${1:0:16}/$1"-*)
    ((${#found[@]} > 0))
}
while :; do
    segments=("$FOLDER"/????????????????????????)
    excess=$((${#segments[@]} - KEEP_MEGABYTES / 16))
    printf -v now '%(%s)T' -1
    for path in "${segments[@]}"; do # oldest first: names sort by position
        archived "${path##*/}" || continue
        if ((excess > 0)) || ((now - $(stat -c %Y "$path") > KEEP_SECONDS)); then
            rm -f "$path"
            excess=$((excess - 1))
        fi
    done
    read -r -t 2 -u 7 _
done
