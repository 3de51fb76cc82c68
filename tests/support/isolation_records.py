"""A healthy scope and healthy looks, from which the unit tests of isolation derive every other case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from stormproof.core.isolation_looks import HostLooks, KeyAnswer, Look, ThroughLook, WitnessLooks
from stormproof.core.isolation_scope import Isolated, Scope, Through, Way

AT = datetime(2026, 1, 31, 9, tzinfo=UTC)


def seen(saw: str, at: float = 100.0) -> Look:
    return Look(saw, saw, 1.0, at, at)  # type: ignore[arg-type]


def way(
    to: str, address: str, group: str, witness: str | None, protocol: str = "tcp", expected: str = "blocked"
) -> Way:
    port = int(to.rpartition(":")[2])
    return Way(
        f"{protocol}:{address}:{port}", to, to.rpartition(":")[0], address, port, group, protocol, expected, witness
    )  # type: ignore[arg-type]


SCOPE = Scope(
    environment="recovery",
    hosts=(Isolated("recovery-1", ("10.0.20.5", "fd00:20::5")),),
    protected=("production",),
    ways=(
        way("vault:22", "10.0.30.5", "backup", None, expected="connected"),
        way("app-primary:5432", "10.0.10.5", "production", "vault"),
        way("app-primary:22", "10.0.10.5", "production", "vault"),
        way("app-primary:5432", "fd00:10::5", "production", "vault"),
        way("app-web:443", "10.0.10.6", "production", "vault"),
        way("outside:443", "203.0.113.9", "internet", "app-web"),
        way("outside:53", "203.0.113.9", "internet", "app-web", "udp"),
    ),
    through=(Through("vault", "10.0.30.5", 22, "ssh-ed25519 AAAA", ("postgres",)),),
    asks=(),
    protected_addresses={"10.0.10.5": "app-primary", "fd00:10::5": "app-primary", "10.0.10.6": "app-web"},
    protected_names={"app-primary": "app-primary", "app-web": "app-web"},
    own_addresses=frozenset({"10.0.20.5", "fd00:20::5"}),
    reachable_addresses=frozenset({"10.0.30.5"}),
    ssh_ports=frozenset({22}),
    protected_keys={},
)
WITNESSES = {
    name: WitnessLooks({w.id: seen("connected") for w in SCOPE.ways if w.witness == name})
    for name in ("vault", "app-web")
}
SECTIONS = ("addresses", "routes", "neighbours", "firewall", "sockets", "names", "mounts", "credentials", "keys", "agents", "known_hosts", "ssh_config", "proxies")  # fmt: skip
ETH0 = [("2: eth0    inet 10.0.20.5/24 brd 10.0.20.255 scope global eth0",), ("2: eth0    inet6 fd00:20::5/64 scope global ",), ("2: eth0    inet6 fe80::1/64 scope link ",)]  # fmt: skip
LO = [("1: lo    inet 127.0.0.1/8 scope host lo",), ("1: lo    inet6 ::1/128 scope host ",)]
LINKS = [("1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN",), ("2: eth0@if7: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT",)]  # fmt: skip
ROUTES = [("default via 10.0.20.1 dev eth0",), ("10.0.20.0/24 dev eth0 proto kernel scope link src 10.0.20.5",), ("local 10.0.20.5 dev eth0 table local",)]  # fmt: skip
RECORDS: dict[str, list[tuple[str, ...]]] = {
    "looked": [(section,) for section in SECTIONS],
    "address": [*LO, *ETH0],
    "link": LINKS,
    "route": ROUTES,
    "rule": [("0:\tfrom all lookup local",), ("32766:\tfrom all lookup main",), ("32767:\tfrom all lookup default",)],
    "neighbour": [("10.0.20.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE",)],
    "no-firewall": [("Operation not permitted (you must be root)",)],
    "socket": [("tcp", "10", "0.0.0.0", "22", "0.0.0.0", "0"), ("tcp", "1", "10.0.20.5", "22", "10.0.20.1", "50000")],
    "name": [("app-primary", "none"), ("app-web", "none")],
}


def shut(credential: str = "key /h/.ssh/vault as postgres", scope: Scope = SCOPE) -> list[ThroughLook]:
    ways = [*(w.id for w in scope.tried_through), "shell", "write"]
    return [ThroughLook("vault", w, credential, "prohibited", "administratively prohibited", 5.0) for w in ways]


def looks_of(scope: Scope = SCOPE, **changed: Sequence[tuple[str, ...]]) -> HostLooks:
    """Healthy looks of one isolated host, with some kinds of records replaced."""
    return HostLooks(
        looks={w.id: seen("connected" if w.expected == "connected" else "blocked") for w in scope.ways},
        records={**RECORDS, **{kind.replace("_", "-"): rows for kind, rows in changed.items()}},
        credentials=("key /h/.ssh/vault",),
        through=tuple(shut(scope=scope)),
    )


def with_answers(host: HostLooks, *answers: KeyAnswer) -> HostLooks:
    return replace(host, answers=answers)


HEALTHY_HOST = looks_of()
