"""A small world for isolation proofs: the lab's hosts with listeners instead of databases, and SSH to each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from isolation_site import Site

from stormproof.adapters.isolation_probe import prove_isolation
from stormproof.adapters.namespace_dial import dial
from stormproof.adapters.ssh import SshHosts, SshPlace
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.drill_result import IsolationProof
from stormproof.core.inventory import Inventory

NAMES = ("app-primary", "app-web", "vault", "recovery-1", "outside")
ROLES = {
    "app-primary": "production",
    "app-web": "production",
    "vault": "backup",
    "recovery-1": "recovery",
    "outside": "internet",
}
LISTENER = Path(__file__).parents[2] / "src/stormproof/lab/resources/listener.py"
RULES: dict[str, Any] = {
    "must_reach": ["vault:22"],
    "must_not_reach": ["app-primary:5432", "app-primary:22", "app-web:443", "app-web:22", "outside:443"],
    "witness": {"app-primary": "vault", "app-web": "vault", "outside": "app-web"},
}


# As the lab does it: what recovery holds at the vault is bound to one command each.
BOUND = {"vault-pgbackrest": 'restrict,command="/bin/false"'}


@dataclass
class World(Site):
    """The lab's hosts in a folder of their own. `isolation` may be changed by a test that wants other rules."""

    vault_options: Mapping[str, str] = field(default_factory=lambda: BOUND)
    isolation: dict[str, Any] = field(default_factory=lambda: dict(RULES))
    _hosts: SshHosts | None = None

    def up(self) -> None:
        self.foundation.up()
        self.foundation.authorize("vault", self.vault_options)
        for host, protocol, port in (
            ("app-primary", "tcp", 5432),
            ("app-web", "tcp", 443),
            ("outside", "tcp", 443),
            ("outside", "udp", 53),
        ):
            self.listen(host, protocol, port)
        # A router that just came up forwards IPv6 only when its own addresses are settled.
        for source, target in (("vault", "app-primary"), ("vault", "app-web"), ("app-web", "outside")):
            port = 443 if target == "outside" else 22
            self.foundation.host(source).check(
                f"for _ in {{1..50}}; do timeout 0.3 bash -c 'exec 5<>/dev/tcp/{self.address(target, 6)}/{port}'"
                " 2>/dev/null && exit 0; done; exit 1"
            )

    def listen(self, host: str, protocol: str, port: int) -> int:
        at = self.foundation.host(host)
        pid = at.spawn(
            f"exec python3 - {protocol} {port} hello <<'END'\n{LISTENER.read_text()}\nEND", "/var/log/listener.log"
        )
        table = "/proc/net/tcp6" if protocol == "tcp" else "/proc/net/udp6"
        at.check(f"for _ in {{1..500}}; do grep -qi ':{port:04X} ' {table} && exit 0; sleep 0.01; done; exit 1")
        return pid

    @property
    def inventory(self) -> Inventory:
        hosts = {
            name: {
                "environment": ROLES[name],
                "address": self.address(name),
                "address6": self.address(name, 6),
                "user": "postgres",
                "host_key": self.foundation.host_key(name),
                "identity": str(self.foundation.control_key(name)),
            }
            for name in NAMES
        }
        return Inventory.model_validate(
            {
                "environments": {
                    "production": {"protected": True},
                    "backup": {"protected": False},
                    "internet": {"protected": False},
                    "recovery": {"protected": False, "isolation": self.isolation},
                },
                "hosts": hosts,
                "services": {},
                "secrets": {"source": "file:keys/"},
            }
        )

    @property
    def hosts(self) -> SshHosts:
        if self._hosts is None:
            places = {
                name: SshPlace(
                    name,
                    self.address(name),
                    22,
                    "postgres",
                    self.foundation.host_key(name),
                    self.foundation.control_key(name),
                )
                for name in NAMES
            }
            state = self.foundation.folder.state_json
            dialers = {name: partial(_dial, state, name) for name in NAMES}
            self._hosts = SshHosts(places, dialers)
        return self._hosts

    def prove(self, timeout: float = 1.0) -> IsolationProof:
        return prove_isolation(self.hosts, self.inventory, "recovery", clock=SystemClock(), timeout=timeout)

    def close(self) -> None:
        if self._hosts is not None:
            self._hosts.close()
        self.foundation.destroy()


def _dial(state: Path, name: str, address: str, port: int, timeout_seconds: float) -> Any:
    return dial(state, name, address, port, timeout_seconds)


def failed_facts(proof: IsolationProof) -> dict[str, str]:
    """Name -> what was seen, of every fact that failed."""
    return {fact.name: fact.saw for fact in proof.structure if fact.result == "failed"}


def codes(proof: IsolationProof) -> set[str]:
    return {finding.code for finding in proof.findings}


def shown(proof: IsolationProof) -> str:
    """The whole proof as text, for a failing test's message."""
    return proof.model_dump_json(indent=1, by_alias=True)
