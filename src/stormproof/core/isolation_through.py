"""A host that may be reached is a way on: what came of trying to get on through it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stormproof.core.drill_result import Probe, Witness
from stormproof.core.finding import Severity
from stormproof.core.isolation_fact import Fact, Told, passed, unknown
from stormproof.core.isolation_looks import HostLooks, ThroughLook
from stormproof.core.isolation_scope import Scope, Through, Way
from stormproof.core.verdict import CheckResult

SHELL, WRITE = "shell", "write"
_WORST_FIRST = ("forwarded", "tried", "unknown", "prohibited", "no-session")


def probes_through(
    scope: Scope, from_host: str, looks: HostLooks, witness_of: Callable[[Way], Witness | None]
) -> list[Probe]:
    """One probe per reachable host and target, the worst over all credentials. None when there is no credential."""
    if not looks.credentials or looks.through_trouble:
        return []
    probes: list[Probe] = []
    for through in scope.through:
        probes += [
            _probe(from_host, through, way.to, way.family, _of(looks, through, way.id), witness_of(way))
            for way in scope.tried_through
        ]
        probes += [
            _probe(from_host, through, f"{through.name} ({told})", "ipv4", _of(looks, through, name), None)
            for name, told in ((SHELL, "a shell"), (WRITE, "a file written"))
        ]
    return probes


def facts_through(scope: Scope, from_host: str, looks: HostLooks) -> list[Fact]:
    """For each reachable host: does it let anything on? A port forwarding that it merely tried is a way on as well."""
    return [_told(scope, looks, t).fact(f"way through {t.name}", from_host, "SP302") for t in scope.through]


def _told(scope: Scope, looks: HostLooks, through: Through) -> Told:
    if looks.through_trouble:
        fix = "put the OpenSSH client on this host, so that the way through can be tried"
        return unknown(f"not tried: {looks.through_trouble}", decides=True, fix=fix)
    if not looks.credentials:
        return passed("no private key and no agent here: nothing to go on with")
    names = {way.id: way.to for way in scope.tried_through} | {SHELL: "a shell", WRITE: "a file written"}
    attempts = [a for a in looks.through if a.through == through.name]
    open_ = [
        f"{names.get(a.way, a.way)} with {a.credential}: {a.how}" for a in attempts if a.saw in ("forwarded", "tried")
    ]
    if open_:
        return Told(
            CheckResult.FAILED,
            "; ".join(dict.fromkeys(open_)),
            fix=f'bind this credential on {through.name} to one read-only command: restrict,command="…" in authorized_keys',
            severity=Severity.CRITICAL,
        )
    missing = [names[way] for way in names if not any(a.way == way for a in attempts)]
    unsure = [f"{names.get(a.way, a.way)} ({a.how})" for a in attempts if a.saw == "unknown"] + missing
    if unsure:
        fix = "look at the SSH client on this host and at the SSH server there; then prove again"
        return unknown(f"could not be tried: {', '.join(dict.fromkeys(unsure))}", decides=True, fix=fix)
    opened = sorted({a.credential for a in attempts if a.saw == "prohibited"})
    return passed(
        f"forwarding, shell and writing refused for {', '.join(opened)}" if opened else "no credential here opens it"
    )


def _of(looks: HostLooks, through: Through, way: str) -> list[ThroughLook]:
    return [a for a in looks.through if a.through == through.name and a.way == way]


def _probe(
    from_host: str, through: Through, to: str, family: str, attempts: Iterable[ThroughLook], witness: Witness | None
) -> Probe:
    worst = min(attempts, key=lambda a: _WORST_FIRST.index(a.saw), default=None)
    if worst is None:
        saw, how, ms = "unknown", "not tried", None
    else:
        saw = {"forwarded": "connected", "unknown": "unknown"}.get(worst.saw, "blocked")
        how, ms = worst.how, worst.ms
    return Probe.model_validate(
        {
            "from": from_host,
            "to": to,
            "family": family,
            "via": through.name,
            "expected": "blocked",
            "saw": saw,
            "how": how,
            "ms": ms,
            "witness": witness,
        }
    )
