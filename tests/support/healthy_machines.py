"""Machines for many healthy variations: a database machine, an application, a vault, a place to recover, a user's project.

Everything is set up as the documentation says; nothing of the product is imported. Clusters and drills: healthy_site.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import object_store
from machines_support import HOME, INTERNET, PATH, Machine, Site
from object_store import make_certificate
from orders_site import GATE, READ, STORMPROOF, private

NAMES = ("db", "web", "vault", "recovery")
DISK = "/var/lib/disk"  # what memory should not hold
WORK = f"{DISK}/stormproof"
CIPHER = "healthy-cipher-passphrase"
RESTIC = "healthy-restic-passphrase"
PASSWORD = "healthy-role-password"
STANZAS = ("tiny", "plain", "shapes", "abroad", "many", "large", "chain", "major")
FLOWS = (
    *(("control", name, "22") for name in NAMES),
    ("recovery", "vault", "22, 9443"),
    ("db", "vault", "22, 9443"),
    ("vault", "db", "22, 5432-5450"),
    ("vault", "web", "22, 443"),
    ("web", "db", "5432-5450"),
)
SECONDS_MAX = 900.0
AT_VAULT = "repo1-host=vault\nrepo1-host-user=postgres\n"


@dataclass
class HealthyMachines:
    """The machines, and the user's project that knows them by its inventory alone."""

    site: Site
    folder: Path
    home: Path
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    must_reach: list[str] = field(default_factory=lambda: ["vault:22"])
    helpers: list[subprocess.Popen[str]] = field(default_factory=list)
    marks: dict[str, Any] = field(default_factory=dict)  # what a module of planters remembers from one row to the next

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

    def up(self) -> None:
        """Machines with keys, an empty vault, a project; no cluster yet."""
        self.site.folder.mkdir(parents=True)
        self.site.up()
        self.site.allow(FLOWS)
        self._give_keys()
        self._fill_vault()
        self.db.put(
            "/etc/pgbackrest/pgbackrest.conf",
            f"[global]\nlog-level-file=off\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass={CIPHER}\ncompress-type=zst\n",
        )
        self.db.put("/etc/pgbackrest/cluster.conf", "[global]\nlog-level-file=off\n")
        sections = "".join(f"[{name}]\n{AT_VAULT}" for name in STANZAS)
        self.recovery.put(
            "/etc/pgbackrest/pgbackrest.conf",
            f"[global]\nlog-level-file=off\nrepo1-cipher-type=aes-256-cbc\n{sections}",
        )
        self.web.spawn("cd /srv && exec /usr/bin/python3 -m http.server 443")
        self.site.leave_running("router", f"exec /usr/bin/python3 -m http.server --bind {INTERNET} 443")
        self.web.run(
            f"for _ in {{1..1500}}; do (exec 5<>/dev/tcp/{INTERNET}/443 6<>/dev/tcp/127.0.0.1/443) 2>/dev/null && exit; "
            "sleep 0.02; done; cat /var/log/spawned.log >&2; exit 1"
        )
        self._write_project()

    def close(self) -> None:
        for helper in self.helpers:
            helper.kill()
            helper.wait(timeout=10)
        self.site.close()
        for disk in self.site.folder.glob("disk-*"):
            shutil.rmtree(disk, ignore_errors=True)

    def as_root(self, name: str, script: str, env: Mapping[str, str]) -> str:
        """What only the one who builds a machine may do there: reads and writes everything."""
        inside = ["nsenter", "-t", str(self.site.machines[name].pid), "-m", "-n", "-p", "-u", "-i"]
        done = subprocess.run(
            [*self.site.enter, *inside, "bash", "-c", script], env={"PATH": PATH, **env}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{name}: {script[:200]}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def serve_objects(self, port: int, bucket: str) -> str:
        """An object store at the vault's address; answers the certificate that its clients are to trust."""
        certificate, key = make_certificate(self.site.folder, "vault")
        inside = [*self.site.enter, "nsenter", "-t", str(self.vault.pid), "-n"]
        words = [str(certificate), str(key), self.vault.address, str(port), bucket]
        server = subprocess.Popen(
            [*inside, "setpriv", "--pdeathsig=KILL", sys.executable, str(Path(object_store.__file__)), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=(self.site.folder / "store.log").open("w"), text=True,
        )  # fmt: skip
        self.helpers.append(server)
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n", (self.site.folder / "store.log").read_text()[-3000:]
        self.must_reach.append(f"vault:{port}")
        return certificate.read_text()

    def stormproof(self, *words: str, expect: int = 0) -> dict[str, Any]:
        """The command in the user's project, from the control side's network; its one JSON document."""
        done = subprocess.run(
            [*self.site.control, *STORMPROOF, "-C", str(self.folder), *words, "--json"],
            env=self._environment(),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
        assert done.returncode == expect, f"{words}: {done.returncode}\n{_told(done.stdout)}\n{done.stderr[-3000:]}"
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("STORMPROOF_")}
        return {**ours, "STORMPROOF_HOME": str(self.home), "NO_COLOR": "1"}

    def _give_keys(self) -> None:
        site, gate = self.site, "/etc/pgbackrest/gate.sh"
        command = f'restrict,command="bash {gate} %s %s" '
        accepted = {
            "db": [command % ("cluster", "'backup stanza-create check'") + site.public("vault-at-db")],
            "vault": [
                command % ("reader", f"'{READ}'") + site.public("recovery-at-vault"),
                command % ("push", "archive-push") + site.public("db-at-vault"),
                'restrict,command="internal-sftp -R" ' + site.public("recovery-files"),
                'restrict,command="internal-sftp" ' + site.public("db-files"),
            ],
        }
        for name, machine in site.machines.items():
            lines = [*accepted.get(name, []), f"restrict {site.public(f'control-{name}')}"]
            machine.put("~/.ssh/authorized_keys", "\n".join(lines) + "\n")
            machine.put(gate, GATE)
        for name, others in {"db": ["vault"], "vault": ["db"], "recovery": ["vault"], "web": ["db"]}.items():
            peers = [site.machines[other] for other in others]
            machine = site.machines[name]
            machine.run("cat >>/etc/hosts", stdin="".join(f"{peer.address} {peer.name}\n" for peer in peers))
            known = "".join(f"{peer.name},{peer.address} {site.public(f'host-{peer.name}')}\n" for peer in peers)
            machine.put("/etc/ssh/ssh_known_hosts", known, "644")
            if name != "web":
                machine.put("~/.ssh/id_ed25519", site.key(f"{name}-at-{others[0]}").read_text())
            if name in ("db", "recovery"):
                machine.put("~/.ssh/files", site.key(f"{name}-files").read_text())
                machine.put(
                    "~/.ssh/config", "Host vault-files\n    HostName vault\n    HostKeyAlias vault\n"
                    f"    User postgres\n    IdentityFile {HOME}/.ssh/files\n    IdentitiesOnly yes\n",
                )  # fmt: skip

    def _fill_vault(self) -> None:
        own = "repo1-path=/srv/vault/pgbackrest\nlog-level-file=off\n"
        backup = f"{own}repo1-cipher-type=aes-256-cbc\nrepo1-retention-full=4\nstart-fast=y\ncompress-type=zst\nprocess-max=2\n"
        self.vault.run(
            "mkdir -p -m 750 /srv/vault/pgbackrest /srv/vault/references /srv/vault/restic /srv/vault-ro/pgbackrest"
        )
        self.site.as_builder(
            "vault", "mount --bind /srv/vault/pgbackrest /srv/vault-ro/pgbackrest && "
            "mount -o remount,bind,ro /srv/vault-ro/pgbackrest",
        )  # fmt: skip
        self.vault.put("/etc/pgbackrest/pgbackrest.conf", f"[global]\n{backup}\n")
        sections = "".join(f"[{name}]\n" for name in STANZAS)
        self.vault.put("/etc/pgbackrest/push.conf", f"[global]\n{own}\n{sections}")
        self.vault.put(
            "/etc/pgbackrest/reader.conf",
            f"[global]\nrepo1-path=/srv/vault-ro/pgbackrest\nlog-level-file=off\n{sections}",
        )

    def _write_project(self) -> None:
        done = subprocess.run(
            [*STORMPROOF, "init", str(self.folder)], capture_output=True, text=True, check=False,
            env=self._environment(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        settings = self.folder / "stormproof.toml"
        settings.write_text(settings.read_text().replace('inventory = "lab"', 'inventory = "inventory.yaml"'))
        for drill in (self.folder / "drills").iterdir():
            drill.unlink()
        for folder in ("secrets", "identities"):
            (self.folder / folder).mkdir(mode=0o700)
        for name, secret in {"pgbackrest-cipher": CIPHER, "restic-password": RESTIC, "app": PASSWORD}.items():
            private(self.folder / "secrets" / name, secret + "\n")
        for name in NAMES:
            private(self.folder / "identities" / name, self.site.key(f"control-{name}").read_text())

    def write_inventory(self) -> None:
        def host(name: str, environment: str, *roles: str, **more: str) -> dict[str, Any]:
            return {
                "environment": environment, "address": self.site.machines[name].address, "user": "postgres",
                "host_key": self.site.public(f"host-{name}"), "identity": f"identities/{name}", "roles": list(roles),
                **more,
            }  # fmt: skip

        example = {**host("web", "internet"), "address": INTERNET, "user": "nobody"}  # is probed, never logged in to
        document = {
            "environments": {
                "production": {"protected": True}, "backup": {"protected": False}, "internet": {"protected": False},
                "isolated": {"protected": False, "isolation": {
                    "must_reach": self.must_reach,
                    "must_not_reach": ["db:5432", "db:22", "web:443", "web:22", "example:443"],
                    "witness": {"db": "vault", "web": "vault", "example": "web"},
                }},
            },
            "hosts": {
                "db": host("db", "production", "postgres", "files"), "web": host("web", "production", "application"),
                "vault": host("vault", "backup", "pgbackrest-repository", "restic-repository"),
                "recovery": host("recovery", "isolated", work=WORK), "example": example,
            },
            "services": self.services, "secrets": {"source": "file:secrets/"},
        }  # fmt: skip
        (self.folder / "inventory.yaml").write_text(json.dumps(document))


def _told(text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        return text[-3000:]
    shown = {name: document.get(name) for name in ("verdict", "findings", "checks", "error")}
    return json.dumps(shown, indent=1, ensure_ascii=False)[:12000]
