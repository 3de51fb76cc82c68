"""The way through the vault, tried with the recovery host's own keys. Each planter is a script that leaves a mark if it gets on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lab_content_support import LabUnderTest

from tables import vault_ways
from tables.planting import planter, plants
from tables.row import Row, Saw
from tables.seen import saw

pytestmark = pytest.mark.component

WORK = "/var/lib/stormproof/ways"
GATE_WORDS = (
    "pgbackrest --exec-id=1-a --log-level-console=off --log-level-file=off --log-level-stderr=error --process=0"
)
# An attempt prints `open: WHAT` for every way that it found; the vault's own look is compared beside it.
TRY = """
tried() { what=$1; shift; if timeout 20 "$@" </dev/null >/dev/null 2>&1; then echo "open: $what"; fi; }
speaks() { exec 5<>"/dev/tcp/127.0.0.1/$1" || return; printf '\\0\\0\\0\\10\\4\\322\\26\\57' >&5; IFS= read -r -t 3 -n 1 -u 5 x && echo "open: the other end of $1 spoke"; exec 5<&- 5>&-; }
listens() { for _ in $(seq 60); do (exec 5<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; return 1; }
"""


@plants("way-shell")
def shell() -> str:
    return "echo 'echo got-a-shell' | timeout 20 ssh -T vault 2>/dev/null | grep -q got-a-shell && echo open: a shell"


@plants("way-command")
def command() -> str:
    return "for key in vault vault-files; do timeout 20 ssh $key 'echo $((40 + 2))x' 2>/dev/null | grep -q 42x && echo open: $key; done"


@plants("way-forward-stdio")
def forward_stdio() -> str:
    return "for key in vault vault-files; do for to in app-primary:5432 app-web:22 '[::1]:22' 127.0.0.1:22; do tried \"$key $to\" ssh -W $to $key; done; done"


@plants("way-forward-local")
def forward_local() -> str:
    return "timeout 20 ssh -N -L 127.0.0.1:5999:app-primary:22 vault 2>/dev/null & listens 5999 && speaks 5999; kill $! 2>/dev/null"


@plants("way-forward-remote")
def forward_remote() -> str:
    return "tried 'a port at the vault' ssh -N -o ExitOnForwardFailure=yes -R 127.0.0.1:5998:127.0.0.1:22 vault & pid=$!; sleep 3; kill -0 $pid 2>/dev/null && echo 'open: it was not refused'; kill $pid 2>/dev/null"


@plants("way-forward-dynamic")
def forward_dynamic() -> str:
    # SOCKS 4: connect to port 22 of 127.0.0.1 at the far end; 0x5a is "granted".
    return (
        "timeout 20 ssh -N -D 127.0.0.1:5997 vault 2>/dev/null & listens 5997 && { exec 5<>/dev/tcp/127.0.0.1/5997;"
        " printf '\\4\\1\\0\\26\\177\\0\\0\\1\\0' >&5; timeout 3 head -c 2 <&5 | od -An -tx1 | grep -q 5a && echo open: granted; }; kill $! 2>/dev/null"
    )


@plants("way-forward-agent")
def forward_agent() -> str:
    return "eval $(ssh-agent) >/dev/null; timeout 20 ssh -A vault env 2>/dev/null | grep -q SSH_AUTH_SOCK && echo open: an agent; kill $SSH_AGENT_PID"


@plants("way-forward-x11")
def forward_x11() -> str:
    return "DISPLAY=:9 timeout 20 ssh -X vault env 2>/dev/null | grep -q DISPLAY && echo open: a display"


@plants("way-tunnel")
def tunnel() -> str:
    return "tried 'a tunnel' ssh -w any:any -o ExitOnForwardFailure=yes -N vault"


@plants("way-terminal")
def terminal() -> str:
    return "timeout 20 ssh -tt vault tty 2>/dev/null | grep -q /dev/pts && echo open: a terminal"


@plants("way-environment")
def environment() -> str:
    return (
        f"timeout 20 ssh -o SetEnv='BASH_ENV=/tmp/way PGBACKREST_REPO1_PATH=/ STORMPROOF_GATE_LOG=/tmp/way-log LD_PRELOAD=/tmp/way.so'"
        f" vault '{GATE_WORDS} --stanza=main --remote-type=repo archive-push:remote' >/dev/null 2>&1"
    )


@plants("way-sftp-write")
def sftp_write() -> str:
    lines = [
        "put /etc/hosts /srv/vault/way", "put /etc/hosts /srv/vault-ro/way", "put /etc/hosts /tmp/way",
        "put /etc/hosts /srv/vault/restic/uploads/locks/way", "mkdir /tmp/way", "rm /srv/vault/README",
        "rename /srv/vault/README /srv/vault/way", "chmod 777 /srv/vault/README", "put /etc/hosts .ssh/authorized_keys",
    ]  # fmt: skip
    return "\n".join(f"echo '{line}' >/tmp/batch; tried '{line}' sftp -b /tmp/batch vault-files" for line in lines)


@plants("way-sftp-elsewhere")
def sftp_elsewhere() -> str:
    """What the vault's own user may read: above all the key with which it enters production."""
    paths = [
        "/var/lib/postgresql/.ssh/app-primary", ".ssh/app-primary", ".ssh/authorized_keys", "/etc/pgbackrest/pgbackrest.conf",
        "/srv/vault-ro/../../etc/shadow", "/proc/1/environ", "/proc/self/root/var/lib/postgresql/.ssh/app-primary",
        "/etc/ssh/ssh_host_ed25519_key", "/var/log/sshd.log",
    ]  # fmt: skip
    return "\n".join(
        f"echo 'get {path} {WORK}/got' >/tmp/batch; rm -f {WORK}/got; timeout 20 sftp -q -b /tmp/batch vault-files >/dev/null 2>&1; [ -s {WORK}/got ] && echo 'open: {path}'"
        for path in paths
    )


@plants("way-sftp-by-the-other-key")
def sftp_by_the_other_key() -> str:
    return "echo 'ls /' >/tmp/batch; tried 'sftp by pgBackRest''s key' sftp -b /tmp/batch vault; tried 'its subsystem' ssh -s vault sftp"


@plants("way-sftp-links")
def sftp_links() -> str:
    return "\n".join(
        f"echo '{line}' >/tmp/batch; tried '{line}' sftp -b /tmp/batch vault-files"
        for line in ("ln -s /var/lib/postgresql/.ssh /srv/vault/way", "ln /srv/vault/README /tmp/way")
    )


@plants("way-repository-write")
def repository_write() -> str:
    tool = f"pgbackrest --config={WORK}/pgbackrest.conf --stanza=main"
    tried = [f"{tool} repo-put way", f"{tool} repo-rm backup/main/backup.info", f"{tool} stanza-delete --force"]
    tried += [f"{tool} archive-push {WORK}/way", f"{tool} expire"]
    return "\n".join(f"tried '{line}' {line}" for line in tried)


@plants("way-other-stanza")
def other_stanza() -> str:
    words = [
        f"{GATE_WORDS} --stanza=other --remote-type=repo info:remote",
        f"{GATE_WORDS} --stanza=main --config=/etc/pgbackrest/pgbackrest.conf --remote-type=repo info:remote",
        f"{GATE_WORDS} --stanza=main --repo1-path=/ --remote-type=repo info:remote",
        f"{GATE_WORDS} --stanza=main --remote-type=pg backup:remote",
        f"{GATE_WORDS} --stanza=main --remote-type=repo archive-push:remote",
    ]
    return "\n".join(f"tried '{line.split('=0 ')[1]}' ssh vault '{line}'" for line in words)


@plants("way-gate-words")
def gate_words() -> str:
    words = ["pgbackrest info:remote; touch /tmp/way", "pgbackrest $(touch /tmp/way)", "pgbackrest `touch /tmp/way`"]
    words += ["pgbackrest info:remote > /tmp/way", "/tmp/pgbackrest info:remote", "pgbackrest\ntouch /tmp/way"]
    return "\n".join(f"tried 'words' ssh vault '{line}'" for line in words)


@pytest.fixture(scope="module")
def ways(shop: LabUnderTest) -> Iterator[LabUnderTest]:
    text = f"""[global]
repo1-host=vault
repo1-host-user=postgres
repo1-cipher-type=aes-256-cbc
log-path={WORK}
lock-path={WORK}/lock
spool-path={WORK}/spool
[main]
pg1-path={WORK}/pgdata
"""
    shop.check("recovery-1", f"mkdir -p {WORK}/lock {WORK}/spool {WORK}/pgdata; echo x >{WORK}/way")
    shop.lab.host("recovery-1").put(f"{WORK}/pgbackrest.conf", text)
    yield shop
    shop.check("recovery-1", f"rm -rf {WORK} /tmp/batch")


# Production goes on pushing WAL and taking snapshots meanwhile; nothing else may change at the vault.
LOOK = r"""cd /srv/vault && find . -type f ! -path '*/archive/*' ! -path './wal-stream/*' ! -path './restic/uploads/*/*' -printf '%p %m %s\n' | sort
sha256sum ~/.ssh/authorized_keys; ls -d /tmp/way* ~/way* /srv/vault/way* /srv/vault/restic/uploads/locks/way 2>/dev/null
grep -c ':176[DEF] 0' /proc/net/tcp; true"""


@pytest.mark.parametrize("row", vault_ways.ROWS, ids=str)
def test_the_way_is_shut(ways: LabUnderTest, row: Row) -> None:
    before = ways.check("vault", LOOK)
    env = {"PGBACKREST_REPO1_CIPHER_PASS": ways.secrets()["pgbackrest-cipher"]}
    done = ways.run("recovery-1", TRY + planter(row)(), env)
    after = ways.check("vault", LOOK)
    assert after == before
    open_ways = [line for line in done.stdout.splitlines() if line.startswith("open:")]
    saw(row, Saw(None, None, (), "shut" if not open_ways else "\n".join(open_ways)))


def test_a_way_that_is_open_would_be_noticed(ways: LabUnderTest) -> None:
    """The other direction: the reader's own way is open, and the attempts' own eyes see that."""
    listing = "echo 'ls /srv/vault-ro' >/tmp/batch; tried 'the repository' sftp -b /tmp/batch vault-files"
    assert "open: the repository" in ways.run("recovery-1", TRY + listing).stdout
    own = f"{GATE_WORDS} --stanza=main --remote-type=repo info:remote"
    assert "open: the gate" in ways.run("recovery-1", TRY + f"tried 'the gate' ssh vault '{own}'").stdout
