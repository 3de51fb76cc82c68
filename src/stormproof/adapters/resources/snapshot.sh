# Make TO byte-equal to FROM, both folders of one run: as a whole by reflink or copy the first time, afterwards only what
# differs in size, time or kind, as rsync's quick check does. Nothing may write to either meanwhile. FROM is only read:
# links of a data directory to tablespaces are made anew, so that a server on TO can never reach FROM's.
# Environment: FROM, TO.
export LC_ALL=C
[ -d "$FROM" ] || { echo "there is no $FROM" >&2; exit 66; }
mkdir -p "${TO%/*}" || exit 73
entries() { (cd "$1" && find . -path ./pg_tblspc -prune -o -mindepth 1 ! -type d -printf '%y %s %T@ %l\t%P\0' | sort -z); }
same() { # FROM TO
  local from=$1 to=$2
  if [ ! -d "$to" ]; then
    cp -a --reflink=auto -- "$from" "$to"
    return
  fi
  comm -z -13 <(entries "$from") <(entries "$to") | sed -z 's/^[^\t]*\t//' | (cd "$to" && xargs -0 -r rm -f --) || return 1
  (cd "$from" && find . -mindepth 1 -type d -print0) | (cd "$to" && xargs -0 -r mkdir -p --) || return 1
  comm -z -23 <(entries "$from") <(entries "$to") | sed -z 's/^[^\t]*\t//' |
    (cd "$from" && xargs -0 -r cp -a --reflink=auto --parents -t "$to" --) || return 1
  comm -z -13 <(cd "$from" && find . -mindepth 1 -type d -print0 | sort -z) <(cd "$to" && find . -mindepth 1 -type d -print0 | sort -z) |
    sort -zr | (cd "$to" && xargs -0 -r rmdir --) || return 1
  cmp -s <(entries "$from") <(entries "$to")
}
same "$FROM" "$TO" || { echo "$TO is not what $FROM is" >&2; exit 74; }
for link in "$FROM"/pg_tblspc/*; do
  [ -L "$link" ] || continue
  oid=${link##*/} own=${TO%/*}/tablespaces/${link##*/}
  mkdir -p "${TO%/*}/tablespaces" && same "$(readlink -f "$link")" "$own" && ln -sfn "$own" "$TO/pg_tblspc/$oid" || exit 74
done
exit 0
