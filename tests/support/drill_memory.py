"""A drill's ports in memory: a host that answers from a table, a journal, evidence, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stormproof.adapters.evidence_store import RunAlreadySigned
from stormproof.adapters.journal_memory import MemoryJournal
from stormproof.core.drill_result import DrillResult, EvidencePlace
from stormproof.core.drill_spec import DrillSpec
from stormproof.core.errors import HostUnreachable
from stormproof.core.inventory import Inventory
from stormproof.core.ports import Completed, Instant
from stormproof.core.redact import Redactor
from stormproof.drill.ports import DrillPorts
from stormproof.engine.stopping import StopRequest

T0 = datetime(2026, 11, 23, 4, 15, tzinfo=UTC)


class StandingClock:
    def __init__(self, at: datetime = T0) -> None:
        self.at = at

    def now(self) -> Instant:
        return Instant(self.at, self.at.timestamp())

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits here")


@dataclass
class TableHost:
    """Answers a script by the first entry whose words stand in it; `calls` remembers (script, environment)."""

    name: str
    address: str = "10.0.10.9"
    answers: list[tuple[str, Completed | Exception]] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30
    ) -> Completed:
        self.calls.append((script, env or {}))
        for words, answer in self.answers:
            if words in script:
                if isinstance(answer, Exception):
                    raise answer
                return answer
        if "WORK/.owner holds" in script:  # nobody else restores on this host
            return Completed(0, "mine\n" if (env or {})["ACT"] in ("take", "renew") else "free\n", "", 0.0)
        return Completed(0, "", "", 0.0)

    def check(self, script: str, **more: Any) -> str:
        return self.run(script, **more).stdout


@dataclass
class MemoryEvidence:
    starts: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: dict[str, DrillResult] = field(default_factory=dict)

    def check_writable(self) -> None: ...

    def sign_start(self, run: str, body: dict[str, Any]) -> EvidencePlace:
        self.starts[run] = body
        return EvidencePlace(path=f"{run}.start", sha256="0")

    def sign_result(self, result: DrillResult, timeline: list[dict[str, Any]]) -> EvidencePlace:
        if result.run in self.results:
            raise RunAlreadySigned("signed already", where=result.run, fix="", code="SP709")
        self.results[result.run] = result
        return EvidencePlace(path=result.run, sha256="0")

    def find(self, run: str, kind: str = "result") -> EvidencePlace | None:
        return EvidencePlace(path=run) if run in (self.results if kind == "result" else self.starts) else None


@dataclass
class TableHosts:
    hosts: dict[str, TableHost]

    def host(self, name: str) -> TableHost:
        return self.hosts[name]

    def close(self) -> None: ...


class NoSecrets:
    where = "file:keys/"

    def get(self, name: str) -> str:
        return f"value-of-{name}"

    def names_read(self) -> list[str]:
        return []


def inventory() -> Inventory:
    host = {"port": 22, "user": "postgres", "host_key": "ssh-ed25519 AAAA", "identity": "keys/x"}
    return Inventory.model_validate(
        {
            "environments": {
                "production": {"protected": True},
                "backup": {"protected": False},
                "recovery": {"protected": False, "isolation": {"must_not_reach": ["app-primary:5432"]}},
            },
            "hosts": {
                "app-primary": {**host, "environment": "production", "address": "10.0.10.5", "roles": ["postgres"]},
                "recovery-1": {**host, "environment": "recovery", "address": "10.0.10.9", "work": "/w"},
                "vault": {**host, "environment": "backup", "address": "10.0.10.7", "roles": ["pgbackrest-repository"]},
            },
            "services": {
                "orders-db": {
                    "kind": "postgres",
                    "host": "app-primary",
                    "stanza": "main",
                    "database": "shop",
                    "application_role": "shop_app",
                    "password": "file:keys/shop_app",
                    "readiness": {"write": "select 1", "read": "select 1"},
                }
            },
            "secrets": {"source": "file:keys/"},
        }
    )


def spec(**changed: Any) -> DrillSpec:
    return DrillSpec.model_validate(
        {
            "drill": "orders",
            "title": "The orders come back",
            "owner": "platform@example.com",
            "runbook": "restore_postgres",
            "environment": "recovery",
            "scenario": {"kind": "loss", "service": "orders-db"},
            "targets": {"rto": "5m", "rpo": "1m"},
            "checks": [{"structure": {}}],
        }
        | changed
    )


def ports(
    *, recovery: TableHost | None = None, books: Callable[[str], Any] | None = None, **changed: Any
) -> DrillPorts:
    hosts = {"recovery-1": recovery or TableHost("recovery-1"), "vault": TableHost("vault")}
    redactor = Redactor()

    def no_books(name: str) -> Any:
        raise AssertionError(f"no runbook {name} here: {Path.cwd()}")

    values: dict[str, Any] = {
        "inventory": inventory(),
        "hosts": TableHosts(hosts),
        "secrets": NoSecrets(),
        "journal": MemoryJournal(redactor),
        "evidence": MemoryEvidence(),
        "clock": StandingClock(),
        "redactor": redactor,
        "progress": lambda event: None,
        "stop": StopRequest(),
        "books": books or no_books,
        "isolation_level": "root-namespaces",
    }
    return DrillPorts(**(values | changed))


def unreachable(name: str) -> HostUnreachable:
    return HostUnreachable("the connection was lost", where=name, fix="look", code="SP502")
