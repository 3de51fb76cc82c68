"""What small companies on machines of their own have in common: who may log in where, the vault, a user's project.

Everything is set up as the documentation says; nothing of the product is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from machines_support import HOME, INTERNET, Machine, Site

STORMPROOF = (sys.executable, "-m", "stormproof")
NAMES = ("db", "web", "vault", "recovery")
KNOWS = {"db": ["vault"], "vault": ["db"], "recovery": ["vault"], "web": ["db"]}  # who logs in to whom
OWN = "repo1-path=/srv/vault/pgbackrest\nlog-level-file=off\n"  # the vault's own view of the repository

# Forced command of the keys at the vault and at the database's machine: pgBackRest's remote side, for these commands, with
# this configuration. The reader's names a read-only mount.
GATE = """\
set -ef
case $SSH_ORIGINAL_COMMAND in *[!A-Za-z0-9' _./=:,@+-']* | *--config* | *-path=*..* | *--repo*-path*) exit 77 ;; esac
read -ra words <<<"$SSH_ORIGINAL_COMMAND"
[ "${words[0]}" = pgbackrest ] || exit 77
case " $2 " in *" ${words[-1]%:remote} "*) ;; *) exit 77 ;; esac
exec pgbackrest --config="/etc/pgbackrest/$1.conf" "${words[@]:1}"
"""
READ = "restore archive-get info repo-ls repo-get verify"


@dataclass
class Company:
    """A database machine, an application, a vault, a place to recover; and the project that knows them by its inventory."""

    site: Site
    folder: Path
    home: Path

    @property
    def db(self) -> Machine:
        return self.site.machines["db"]

    @property
    def web(self) -> Machine:
        return self.site.machines["web"]

    @property
    def vault(self) -> Machine:
        return self.site.machines["vault"]

    @property
    def recovery(self) -> Machine:
        return self.site.machines["recovery"]

    def give_keys(self, at_vault: Sequence[str] = ()) -> None:
        """Who may log in where, and as what. Every key of a machine is bound to one command; the control side's are not.

        Args:
            at_vault: further lines of the vault's authorized_keys.
        """
        site, gate = self.site, "/etc/pgbackrest/gate.sh"
        command = f'restrict,command="bash {gate} %s %s" '
        accepted = {
            "db": [command % ("cluster", "'backup stanza-create check'") + site.public("vault-at-db")],
            "vault": [
                command % ("reader", f"'{READ}'") + site.public("recovery-at-vault"),
                command % ("push", "archive-push") + site.public("db-at-vault"),
                *at_vault,
            ],
        }
        for name, machine in site.machines.items():
            lines = [*accepted.get(name, []), f"restrict {site.public(f'control-{name}')}"]
            machine.put("~/.ssh/authorized_keys", "\n".join(lines) + "\n")
            machine.put(gate, GATE)
        for name, others in KNOWS.items():
            peers = [site.machines[other] for other in others]
            machine = site.machines[name]
            machine.run("cat >>/etc/hosts", stdin="".join(f"{peer.address} {peer.name}\n" for peer in peers))
            known = "".join(f"{peer.name},{peer.address} {site.public(f'host-{peer.name}')}\n" for peer in peers)
            machine.put("/etc/ssh/ssh_known_hosts", known, "644")
            if name != "web":
                machine.put("~/.ssh/id_ed25519", site.key(f"{name}-at-{others[0]}").read_text())

    def give_files_keys(self) -> None:
        """A second way to the vault, for restic."""
        for name in ("db", "recovery"):
            machine = self.site.machines[name]
            machine.put("~/.ssh/files", self.site.key(f"{name}-files").read_text())
            machine.put(
                "~/.ssh/config", "Host vault-files\n    HostName vault\n    HostKeyAlias vault\n"
                f"    User postgres\n    IdentityFile {HOME}/.ssh/files\n    IdentitiesOnly yes\n",
            )  # fmt: skip

    def lay_out_vault(self, backup: str, stanzas: Sequence[str], cluster: str = "") -> None:
        """An empty repository, read by others through a read-only mount alone.

        Args:
            backup: further settings of whoever makes backups there.
            cluster: the section of its cluster in the same configuration.
        """
        self.vault.run("mkdir -p -m 750 /srv/vault/pgbackrest /srv/vault/references /srv/vault-ro/pgbackrest")
        self.site.as_builder(
            "vault", "mount --bind /srv/vault/pgbackrest /srv/vault-ro/pgbackrest && "
            "mount -o remount,bind,ro /srv/vault-ro/pgbackrest",
        )  # fmt: skip
        sections = "".join(f"[{name}]\n" for name in stanzas)
        self.vault.put("/etc/pgbackrest/pgbackrest.conf", f"[global]\n{OWN}{backup}\n{cluster}")
        self.vault.put("/etc/pgbackrest/push.conf", f"[global]\n{OWN}\n{sections}")
        self.vault.put(
            "/etc/pgbackrest/reader.conf",
            f"[global]\nrepo1-path=/srv/vault-ro/pgbackrest\nlog-level-file=off\n{sections}",
        )

    def serve_the_web(self, until: str = "true") -> None:
        """What isolation probes find at work: the application, and an address of the world outside.

        Args:
            until: bash on the application's machine that must be true as well.
        """
        self.web.spawn("cd /srv && exec /usr/bin/python3 -m http.server 443")
        self.site.leave_running("router", f"exec /usr/bin/python3 -m http.server --bind {INTERNET} 443")
        self.web.run(
            f"for _ in {{1..1500}}; do (exec 5<>/dev/tcp/{INTERNET}/443 6<>/dev/tcp/127.0.0.1/443) 2>/dev/null && "
            f"{until} && exit; sleep 0.02; done; cat /var/log/spawned.log >&2; exit 1"
        )

    def init_project(self, secrets: Mapping[str, str]) -> None:
        """`stormproof init`, then what a user writes: secrets, keys, an inventory of one's own; no drill of the lab's."""
        done = subprocess.run(
            [*STORMPROOF, "init", str(self.folder)], capture_output=True, text=True, check=False,
            env=environment(self.home),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        settings = self.folder / "stormproof.toml"
        text = settings.read_text()
        assert 'inventory = "lab"' in text
        settings.write_text(text.replace('inventory = "lab"', 'inventory = "inventory.yaml"'))
        for drill in (self.folder / "drills").iterdir():
            drill.unlink()
        for folder in ("secrets", "identities"):
            (self.folder / folder).mkdir(mode=0o700)
        for name, secret in secrets.items():
            private(self.folder / "secrets" / name, secret + "\n")
        for name in NAMES:
            private(self.folder / "identities" / name, self.site.key(f"control-{name}").read_text())


def environment(home: Path) -> dict[str, str]:
    """The tests' own switches are not the product's, which refuses names that it does not know."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STORMPROOF_")}
    return {**ours, "STORMPROOF_HOME": str(home), "NO_COLOR": "1"}


def private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
