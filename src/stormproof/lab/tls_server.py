"""pgBackRest's TLS server at the vault: the faster way to the same read-only view that the recovery host's SSH key opens.

It runs inside `vault_view.sh`, so that nothing can be written through it, whatever a client asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormproof.core.errors import SetupFailed, TimedOut
from stormproof.lab.agreed import STANZA, TLS_CLIENT_FOLDER, TLS_PORT
from stormproof.lab.machine import LAB_FOLDER, Machine
from stormproof.lab.vault import READ_ONLY_ROOT
from stormproof.lab.waiting import wait_until

if TYPE_CHECKING:
    from stormproof.lab.certificates import Certificates

NAME = "tls-server"
SERVER_FOLDER = "/etc/pgbackrest/server"
REPOSITORY = f"{READ_ONLY_ROOT}/pgbackrest"
# Inside the view this folder is /etc/pgbackrest: a client names the configuration file, and gets this one.
SERVER_CONFIGURATION = f"""[global]
repo1-path={REPOSITORY}
log-level-file=off
tls-server-address=*
tls-server-port={TLS_PORT}
tls-server-ca-file=/etc/pgbackrest/ca.crt
tls-server-cert-file=/etc/pgbackrest/server.crt
tls-server-key-file=/etc/pgbackrest/server.key
tls-server-auth=recovery-1={STANZA}

[{STANZA}]
"""


def start(vault: Machine, certificates: Certificates) -> None:
    """Start it and wait until it listens. May be repeated. Raises SetupFailed, with the server's own words."""
    view = vault.run("exec unshare --user --map-current-user --keep-caps --mount true")
    if view.status != 0:
        raise _cannot_run(view.stderr)
    vault.put(f"{SERVER_FOLDER}/pgbackrest.conf", SERVER_CONFIGURATION, 0o600)
    vault.put(f"{SERVER_FOLDER}/ca.crt", certificates.authority, 0o600)
    vault.put(f"{SERVER_FOLDER}/server.crt", certificates.server, 0o600)
    vault.put(f"{SERVER_FOLDER}/server.key", certificates.server_key, 0o600)
    vault.keep_running(
        NAME,
        f"exec bash {LAB_FOLDER}/vault_view.sh {REPOSITORY} {SERVER_FOLDER} pgbackrest --log-level-console=warn server",
    )
    try:
        wait_until(
            lambda: listens(vault),
            what="pgBackRest's TLS server to listen",
            where=f"vault:{TLS_PORT}",
            fix="read /var/log/stormproof/tls-server.log on the vault",
            timeout_seconds=20.0,
        )
    except TimedOut as error:
        said = vault.run(f"tail -n 3 /var/log/stormproof/{NAME}.log").stdout
        raise _cannot_run(said) from error


def _cannot_run(said: str) -> SetupFailed:
    return SetupFailed(
        f"pgBackRest's TLS server cannot run at the vault: {' '.join(said.split()) or 'it said nothing'}",
        where=f"vault:{TLS_PORT}",
        fix="allow nested user namespaces on this machine, which its read-only view needs",
        code="SP810",
    )


def listens(vault: Machine) -> bool:
    return vault.run(f"(exec 9<>/dev/tcp/127.0.0.1/{TLS_PORT}) 2>/dev/null").status == 0


def admit(recovery: Machine, certificates: Certificates) -> None:
    """Give the recovery host the certificate that the server authorises for one stanza. May be repeated."""
    recovery.put(f"{TLS_CLIENT_FOLDER}/ca.crt", certificates.authority, 0o600)
    recovery.put(f"{TLS_CLIENT_FOLDER}/client.crt", certificates.client, 0o600)
    recovery.put(f"{TLS_CLIENT_FOLDER}/client.key", certificates.client_key, 0o600)
