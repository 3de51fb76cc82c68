"""Machines for many healthy variations: a database machine, an application, a vault, a place to recover, a user's project.

Everything is set up as the documentation says; nothing of the product is imported. Clusters and drills: healthy_site.py.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import object_store
from company import NAMES, STORMPROOF, Company, environment
from machines_support import INTERNET, PATH
from object_store import make_certificate

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
class HealthyMachines(Company):
    """The machines, and the user's project that knows them by its inventory alone."""

    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    must_reach: list[str] = field(default_factory=lambda: ["vault:22"])
    helpers: list[subprocess.Popen[str]] = field(default_factory=list)
    marks: dict[str, Any] = field(default_factory=dict)  # what a module of planters remembers from one row to the next

    def up(self) -> None:
        """Machines with keys, an empty vault, a project; no cluster yet."""
        self.site.folder.mkdir(parents=True)
        self.site.up()
        self.site.allow(FLOWS)
        self.give_keys(
            at_vault=[
                'restrict,command="internal-sftp -R" ' + self.site.public("recovery-files"),
                'restrict,command="internal-sftp" ' + self.site.public("db-files"),
            ]
        )
        self.give_files_keys()
        self.lay_out_vault(
            "repo1-cipher-type=aes-256-cbc\nrepo1-retention-full=4\nstart-fast=y\ncompress-type=zst\nprocess-max=2\n",
            STANZAS,
        )
        self.vault.run("mkdir -p -m 750 /srv/vault/restic")
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
        self.serve_the_web()
        self.init_project({"pgbackrest-cipher": CIPHER, "restic-password": RESTIC, "app": PASSWORD})

    def close(self) -> None:
        for helper in self.helpers:
            helper.kill()
            helper.wait(timeout=60)
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
            env=environment(self.home),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip
        assert done.returncode == expect, f"{words}: {done.returncode}\n{_told(done.stdout)}\n{done.stderr[-3000:]}"
        document: dict[str, Any] = json.loads(done.stdout)
        return document

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
