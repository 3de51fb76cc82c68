# Copy a few files of a pgBackRest repository, as they lie there (nothing decrypted), into a repository of this run alone,
# and write a configuration that knows no other. Reads the real one through this host's own credential.
# Environment: FOLDER, STANZA, PATHS (one a line; a `*` at its end stands for the rest of a name), PGBACKREST_* (passphrase).
# What describes (backup.info, archive.info, backup.manifest) gets its `.copy` here, instead of being asked for twice.
# Prints "path PATH" for each file that came, as it is named there. Status 65 says that one could not be had.
umask 077
mkdir -p "$FOLDER/include" "$FOLDER/repository" && cd "$FOLDER" || exit 73
ask() { pgbackrest --stanza="$STANZA" --log-level-file=off --log-level-console=warn "$@"; }
bring() {
  local path=$1 name
  case $path in
    *\*)
      name=${path##*/}
      name=$(ask repo-ls --filter="^${name%\*}" "${path%/*}" | head -n 1)
      [ -n "$name" ] || { echo "the repository holds no $path" >&2; return 1; }
      path=${path%/*}/$name ;;
  esac
  mkdir -p "repository/${path%/*}" && ask repo-get --raw "$path" >"repository/$path" || return 1
  case $path in *.info | */backup.manifest) cp "repository/$path" "repository/$path.copy" || return 1 ;; esac
  printf 'path %s\n' "$path"
}
jobs=()
while read -r path; do
  [ -n "$path" ] || continue
  bring "$path" &
  jobs+=($!)
done <<<"$PATHS"
for job in "${jobs[@]}"; do wait "$job" || exit 65; done
# Encrypted or not: openssl's own mark says it.
cipher=none
head -q -c 8 repository/*/"$STANZA"/*.info 2>/dev/null | grep -q Salted__ && cipher=aes-256-cbc
cat >pgbackrest.conf <<CONF
[global]
repo1-path=$FOLDER/repository
repo1-cipher-type=$cipher
log-level-file=off
[$STANZA]
pg1-path=$FOLDER/nowhere
CONF
