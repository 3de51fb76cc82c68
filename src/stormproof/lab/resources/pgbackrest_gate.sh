#!/bin/bash
# The forced command of a key that may speak pgBackRest's remote protocol and nothing else.
#
#   pgbackrest_gate.sh ROLE        ROLE is one of
#     read     at the vault, for the recovery host: restore, archive-get, info, repo-ls, repo-get, verify
#     push     at the vault, for production: archive-push (and what its asynchronous form needs)
#     cluster  at production, for the vault: backup, stanza-create, check
#
# The protocol behind the command can ask for any file operation on the repository, whatever the command is called. So
# it is not the name of the command that keeps the reader from writing but the view it is given: reader.conf names a
# read-only mount, and neither configuration holds a passphrase (encryption happens at the client).
# The words of the request are compared with a list and never evaluated by a shell.
set -euf
role=${1:?role}
stanza=main
LOG=${STORMPROOF_GATE_LOG:-/var/log/pgbackrest_gate.log}
SSH_CONNECTION=${SSH_CONNECTION-unknown}
# Who asked for what, where the vault keeps such a file: the only trace of a reader that left nothing else behind.
told() { [ ! -w "$LOG" ] || { printf '%(%Y-%m-%dT%H:%M:%SZ)T %s %s %s: %s\n' -1 "$role" "${SSH_CONNECTION%% *}" "$1" "$2" >>"$LOG"; } || true; }
refuse() {
    told refused "$1"
    printf 'stormproof gate (%s) at %s: refused: %s\n' "$role" "$(uname -n)" "$1" >&2
    exit 77 # EX_NOPERM
}
case $role in
read) commands=' restore archive-get info repo-ls repo-get verify ' side=repo config=/etc/pgbackrest/reader.conf ;;
push) commands=' archive-push ' side=repo config=/etc/pgbackrest/push.conf ;;
cluster) commands=' backup stanza-create check ' side=pg config=/etc/pgbackrest/cluster.conf ;;
*) refuse "this gate knows no role '$role'" ;;
esac
request=${SSH_ORIGINAL_COMMAND-}
[ -n "$request" ] || refuse 'a shell; this key runs pgBackRest only'
case $request in *[!A-Za-z0-9' '_./=:,@+-]*) refuse 'a character that no pgBackRest request contains' ;; esac
read -ra words <<<"$request"
[ "${words[0]}" = pgbackrest ] || refuse "the command '${words[0]}'; this key runs pgBackRest only"
unset 'words[0]'
arguments=() command='' seen_side=''
for word in "${words[@]}"; do
    case $word in
    # What pgBackRest 2.45 was seen to send, with every option of its configuration set that could travel.
    --exec-id=* | --process=* | --log-level-console=* | --log-level-file=off | --log-level-stderr=* | --repo=1 | \
        --buffer-size=* | --db-timeout=* | --io-timeout=* | --protocol-timeout=* | \
        --archive-async | --no-archive-async | --neutral-umask | --no-neutral-umask | \
        --sck-keep-alive | --no-sck-keep-alive | --tcp-keep-alive-*=*)
        arguments+=("$word") ;;
    --pg1-path=* | --pg1-port=* | --pg1-socket-path=* | --pg1-user=* | --pg1-database=*)
        # At the cluster's own side its configuration says where the cluster is; the vault has no say in it.
        [ "$side" = pg ] || arguments+=("$word") ;;
    --pg=1) arguments+=("$word") ;;
    --stanza="$stanza") arguments+=("$word") ;;
    --remote-type="$side")
        seen_side=yes
        arguments+=("$word") ;;
    --*) refuse "the option '${word%%=*}'" ;;
    *:remote)
        [ -z "$command" ] || refuse 'more than one command'
        command=${word%:remote} ;;
    *) refuse "the command '$word'" ;;
    esac
done
case $commands in *" ${command:-none} "*) ;; *) refuse "the command '${command:-none}'" ;; esac
[ -n "$seen_side" ] || refuse "a request that is not for the ${side} side"
told opened "$command"
# A reader sees the repository alone, not what else the vault's user may read.
around=()
[ "$role" != read ] || around=(perl "${0%/*}/vault_reader.pl")
exec env -i PATH=/usr/bin:/bin HOME="$HOME" LANG=C.UTF-8 \
    "${around[@]}" /usr/bin/pgbackrest --config="$config" "${arguments[@]}" "$command:remote"
