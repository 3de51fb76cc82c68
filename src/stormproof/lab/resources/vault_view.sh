#!/bin/bash
# Run pgBackRest's TLS server at the vault inside a view in which nothing can be written and nothing else be read.
#
#   vault_view.sh REPOSITORY CONFIG_FOLDER COMMAND…
#
# pgBackRest's server has no read-only mode: whoever holds a client certificate may ask it for any of its commands, with
# options of his own, and its protocol carries file operations on any path. So neither its configuration nor the names of
# commands keep a reader from writing; the file system that it sees does. In a mount namespace of its own there is the
# repository (read-only already), the server's own configuration (as /etc/pgbackrest: the client names the file),
# programs, and nothing else: no key of this host, no other repository, no /proc through which another process's files
# could be reached. Every capability is given up before
# the first byte of a client is read.
set -eu
repository=$1 config=$2
shift 2
exec unshare --user --map-current-user --keep-caps --mount --propagation private -- bash -c '
set -eu
repository=$1 config=$2
shift 2
for place in /etc/ssh /etc/postgresql /home /var/lib/pgbackrest /var/lib/postgresql /var/lib/stormproof /var/lib/stormproof-app \
    /var/log /var/spool /run /dev/shm; do
    mount -n -t tmpfs -o ro,mode=755,size=4k nothing "$place"
done
mount -n -t tmpfs -o mode=755,size=64k view /tmp
mkdir /tmp/repository
mount -n --bind "$repository" /tmp/repository
mount -n -t tmpfs -o mode=755,size=64k nothing /srv
mkdir -p "$repository"
mount -n --move /tmp/repository "$repository"
mount -n -o remount,ro,mode=755,size=64k /srv
mount -n --bind "$config" /etc/pgbackrest
mount -n -o remount,bind,ro,nosuid,nodev /etc/pgbackrest
mount -n -o remount,ro,mode=755,size=64k /tmp
mount -n -t tmpfs -o ro,mode=755,size=4k nothing /proc
exec env -i PATH=/usr/bin:/bin HOME=/nonexistent LANG=C.UTF-8 \
    setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs -- "$@"
' view "$repository" "$config" "$@"
