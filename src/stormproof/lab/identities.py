"""SSH keys of the lab: one host key per host, one key per purpose, each private half only where it is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stormproof.core.errors import SetupFailed
from stormproof.lab.firewall import Flow
from stormproof.lab.kept_file import Damaged, expect, read_kept
from stormproof.lab.network import Addresses
from stormproof.lab.state import write_whole
from stormproof.lab.topology import HOME

CONTROL = "control"
# As `KeyStore.ensure` writes them; a public half becomes a part of a line that says who may come in.
_PUBLIC = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{64,80}={0,2}(?=\s|\Z)")
_PRIVATE = re.compile(
    r"-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,80}\n)+-----END OPENSSH PRIVATE KEY-----\n"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A key pair with one purpose.

    Attributes:
        name: of the key files in the state folder, and the key's comment.
        holder: host that has the private half in ~/.ssh/`file`; CONTROL is the machine that runs stormproof.
        target: host that lets it in.
        options: what stands before the key in the target's authorized_keys; the narrowest that can do anything is
            `restrict` (no forwarding, no terminal), to which a `command="…"` belongs where one command is enough.
    """

    name: str
    holder: str
    target: str
    file: str = ""
    options: str = "restrict"


IDENTITIES: tuple[Identity, ...] = (
    Identity("control-app-primary", CONTROL, "app-primary"),
    Identity("control-app-web", CONTROL, "app-web"),
    Identity("control-vault", CONTROL, "vault"),
    Identity("control-recovery-1", CONTROL, "recovery-1"),
    Identity("control-outside", CONTROL, "outside"),
    Identity("vault-pgbackrest", "recovery-1", "vault", "vault-pgbackrest"),
    Identity("vault-files", "recovery-1", "vault", "vault-files", 'restrict,command="internal-sftp -R"'),
    Identity("app-primary-to-vault", "app-primary", "vault", "vault"),
    Identity("vault-to-app-primary", "vault", "app-primary", "app-primary"),
    Identity("app-web-to-app-primary", "app-web", "app-primary", "app-primary"),
)

SSHD_CONFIG = """\
# Everybody who comes in is the database's user and shows a key.
Port 22
AddressFamily any
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile none
UsePAM no
StrictModes yes
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers postgres
UseDNS no
MaxStartups 64
MaxSessions 64
PrintMotd no
PrintLastLog no
SetEnv LANG=C.UTF-8
Subsystem sftp internal-sftp
"""

SSH_CONFIG = """\
Host *
    BatchMode yes
    StrictHostKeyChecking yes
    UpdateHostKeys no
    GSSAPIAuthentication no
    ConnectTimeout 5
    ServerAliveInterval 5
    ServerAliveCountMax 3
"""


class KeyStore:
    """Key pairs in a folder of mode 0700, made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ensure(self, names: Iterable[str]) -> None:
        """Make the Ed25519 pairs that are missing. A public half is written last: it says that the pair is whole."""
        missing = [name for name in names if not (filled(self.path(name)) and filled(self.public_path(name)))]
        if not missing:
            return
        # Slow to import, and needed at the first bring-up only.
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in missing:
            key = Ed25519PrivateKey.generate()
            private = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            )
            public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
            write_whole(self.path(name), private.decode(), durable=False)
            write_whole(self.public_path(name), f"{public.decode()} {name}\n", durable=False)

    def path(self, name: str) -> Path:
        """The private half (mode 0600)."""
        return self.folder / name

    def public_path(self, name: str) -> Path:
        return self.folder / f"{name}.pub"

    def private(self, name: str) -> str:
        """The private half as OpenSSH writes it. Raises SetupFailed."""
        text = _key_text(self.path(name))
        if _PRIVATE.fullmatch(text) is None:
            raise _damaged(self.path(name), "it is no private key")
        return text

    def public(self, name: str) -> str:
        """`ssh-ed25519 AAAA…`, without the comment. Raises SetupFailed."""
        found = _PUBLIC.match(_key_text(self.public_path(name)))
        if found is None:
            raise _damaged(self.public_path(name), "it is no public key")
        return found.group()


def _key_text(path: Path) -> str:
    try:
        text = read_kept(path)
        expect(text is not None, "it is missing")
    except Damaged as error:
        raise _damaged(path, str(error)) from error
    return text or ""


def _damaged(path: Path, why: str) -> SetupFailed:
    return SetupFailed(
        f"a key of the lab cannot be used: {why}",
        where=str(path),
        fix="run `stormproof lab down`, delete that file, then `lab up`: the pair is made anew",
        code="SP690",
    )


def filled(path: Path) -> bool:
    """A power cut can leave a file with a name and nothing in it."""
    return path.exists() and path.stat().st_size > 0


def authorized_key(public: str, identity: Identity) -> str:
    """One line of authorized_keys."""
    return f"{identity.options} {public} {identity.name}"


def ssh_client_config(host: str, identities: Iterable[Identity]) -> str:
    """~/.ssh/config of a host: one alias per key that it holds, named like the key's file.

    No passphrase travels to the vault: pgBackRest encrypts and decrypts at the client.
    """
    blocks = []
    for identity in identities:
        if identity.holder != host:
            continue
        alias = "vault" if identity.name == "vault-pgbackrest" else identity.file
        lines = [f"Host {alias}", f"    HostName {identity.target}", "    User postgres"]
        lines += [f"    IdentityFile {HOME}/.ssh/{identity.file}", "    IdentitiesOnly yes"]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def reachable_from(host: str, flows: Iterable[Flow], *, port: int | None = None) -> list[str]:
    """Hosts that `host` may connect to (on `port`, if given): those are the ones whose names and keys it knows."""
    targets = [f.target for f in flows if f.source == host and (port is None or port in f.ports)]
    return list(dict.fromkeys(targets))


def hosts_file(host: str, addresses: Mapping[str, Addresses], flows: Iterable[Flow]) -> str:
    """/etc/hosts. A name stands for the IPv4 address; NAME-v6 for the other, so that a name means one address."""
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost"]
    for name in [host, *reachable_from(host, flows)]:
        if name in addresses:
            lines += [f"{addresses[name].ipv4} {name}", f"{addresses[name].ipv6} {name}-v6"]
    return "\n".join(lines) + "\n"


def known_hosts(names: Iterable[str], addresses: Mapping[str, Addresses], public: Mapping[str, str]) -> str:
    """Known-host lines for names, NAME-v6 and both addresses."""
    lines = []
    for name in names:
        if name in addresses:
            where = f"{name},{name}-v6,{addresses[name].ipv4},{addresses[name].ipv6}"
            lines.append(f"{where} {public[name]}\n")
    return "".join(lines)
