"""Is an environment isolated? The decision, over what probes, witnesses and a look at the hosts' build saw.

proved: no forbidden way was open, directly or through a reachable host, no fact of the build speaks against it, every
positive control connected, and for each protected environment and for the internet at least one direct probe counts.
broken: something got through, or a fact failed. unknown: everything else; a thing that could not be looked at is never
a pass.

Source of the rules: docs/measurement.md, "Isolation".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from stormproof.core.drill_result import IsolationProof, Probe, StructureFact, Witness
from stormproof.core.errors import NotIsolated
from stormproof.core.finding import Finding, Severity
from stormproof.core.isolation_fact import Fact
from stormproof.core.isolation_looks import HostLooks, Look, WitnessLooks
from stormproof.core.isolation_scope import INTERNET, Scope, Way
from stormproof.core.isolation_structure import facts_of
from stormproof.core.isolation_through import facts_through, probes_through
from stormproof.core.verdict import CheckResult

WITNESS_WINDOW_SECONDS = 5.0  # DESIGN: a blocked probe counts only if the witness connected within 5 s


def decide(
    scope: Scope,
    seen: Mapping[str, HostLooks],
    witnesses: Mapping[str, WitnessLooks],
    *,
    at: datetime,
    seconds: float,
) -> IsolationProof:
    """Judge what was seen. Pure: the same looks give the same proof.

    Args:
        seen: by isolated host's name; a missing host counts as "could not be asked".
        at: when the proof began, UTC. seconds: how long the looking took.
    """
    probes: list[Probe] = []
    facts: list[Fact] = []
    findings: list[Finding] = []
    unknown = False
    for host in scope.hosts:
        looks = seen.get(host.name, HostLooks(looks_trouble="not asked", records_trouble="not asked"))
        direct = [judge_probe(host.name, way, looks.looks, witnesses) for way in scope.ways]
        through = probes_through(scope, host.name, looks, lambda way: witness_of(way, witnesses))
        probes += direct + through
        facts += [*facts_of(scope, host, looks), *facts_through(scope, host.name, looks)]
        for what in filter(None, (looks.looks_trouble,)):
            findings.append(_could_not_ask(host.name, what))
            unknown = True
        if not looks.looks_trouble:
            findings += [_unjudged(p) for p in direct if p.saw == "unknown"]
        findings += [_open(p) for p in direct if p.expected == "blocked" and p.saw == "connected"]
        findings += [_control_failed(p) for p in direct if p.expected == "connected" and p.saw == "blocked"]
        unknown |= any(p.saw == "unknown" for p in [*direct, *through])
        unknown |= any(p.expected == "connected" and p.saw != "connected" for p in direct)
        if not looks.looks_trouble:
            for group in scope.must_count:
                if not any(p.counts for p, way in zip(direct, scope.ways, strict=True) if way.group == group):
                    findings.append(_nothing_counts(host.name, group, direct, scope))
                    unknown = True
    if not scope.hosts:
        findings.append(_no_host(scope.environment))
        unknown = True
    findings += [_unresolved(name) for name in scope.unresolved]
    unknown |= bool(scope.unresolved)
    findings += [f.finding for f in facts if f.finding is not None]
    unknown |= any(f.result is CheckResult.UNKNOWN and f.decides for f in facts)
    broken = any(p.expected == "blocked" and p.saw == "connected" for p in probes)
    broken |= any(f.result is CheckResult.FAILED for f in facts)
    return IsolationProof(
        result="broken" if broken else "unknown" if unknown else "proved",
        at=at,
        seconds=seconds,
        structure=[StructureFact(name=f.name, host=f.host, result=f.result, saw=f.saw) for f in facts],
        probes=probes,
        findings=sorted(findings, key=lambda f: _WORST_FIRST.index(f.severity)),
    )


def judge_probe(from_host: str, way: Way, looks: Mapping[str, Look], witnesses: Mapping[str, WitnessLooks]) -> Probe:
    """One direct probe with its witness. `looks` holds every look from that host, for comparison."""
    look = looks.get(way.id)
    if look is None:
        return _probe(from_host, way, "unknown", "not looked at", None)
    if look.saw == "connected":
        return _probe(from_host, way, "connected", look.how, look.ms)
    if look.saw == "error":
        return _probe(from_host, way, "unknown", look.how, look.ms)
    if way.expected == "connected":
        return _probe(from_host, way, "blocked", look.how, look.ms)
    witness_look = _witness_look(way, witnesses)
    witness = witness_of(way, witnesses)
    counts = witness_look is not None and witness_look.saw == "connected" and within_window(look, witness_look)
    # A reset comes from a firewall or from the target itself. Only a target that the witness finds silent too is known
    # to be unable to send one.
    target_is_silent = witness_look is not None and witness_look.saw in ("blocked", "silent")
    if look.saw == "refused" and not counts and not target_is_silent and not _firewall_resets(way, looks, witnesses):
        how = f"{look.how}: from the target itself or from a firewall, nobody can tell"
        return _probe(from_host, way, "unknown", how, look.ms, witness)
    return _probe(from_host, way, "blocked", look.how, look.ms, witness, counts=counts)


def within_window(look: Look, witness: Look) -> bool:
    """Whether the two attempts lie within 5 s of each other for certain, whatever the bounds of their instants hide."""
    apart = max(look.latest - witness.earliest, witness.latest - look.earliest)
    return apart <= WITNESS_WINDOW_SECONDS


def witness_of(way: Way, witnesses: Mapping[str, WitnessLooks]) -> Witness | None:
    """What to write down about a way's witness; None when nobody may connect there."""
    if way.witness is None:
        return None
    look = _witness_look(way, witnesses)
    if look is None:
        trouble = witnesses[way.witness].trouble if way.witness in witnesses else None
        return Witness(from_=way.witness, saw=f"unknown: {trouble or 'not asked'}")
    return Witness(from_=way.witness, saw="connected" if look.saw == "connected" else f"{look.saw}: {look.how}")


def not_isolated(proof: IsolationProof, environment: str) -> NotIsolated:
    """The refusal that a proof short of `proved` turns into; its text lists what stands in the way, worst first."""
    assert proof.result != "proved", "a proved environment was about to be refused"
    reasons = [f for f in proof.findings if f.severity in (Severity.CRITICAL, Severity.HIGH)] or proof.findings
    listed = "; ".join(f"{f.code} {f.what}" for f in reasons[:8])
    more = f"; and {len(reasons) - 8} more" if len(reasons) > 8 else ""
    verb = "is not isolated" if proof.result == "broken" else "is not proved isolated"
    return NotIsolated(
        f"environment {environment!r} {verb}: {listed or 'nothing was looked at'}{more}",
        where=", ".join(dict.fromkeys(f.where for f in reasons[:8])) or environment,
        fix=reasons[0].fix if reasons else "run the isolation proof again",
        code="SP300",
        proof=proof,
    )


_WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


def _witness_look(way: Way, witnesses: Mapping[str, WitnessLooks]) -> Look | None:
    seen = witnesses.get(way.witness) if way.witness else None
    return seen.looks.get(way.id) if seen else None


def _firewall_resets(way: Way, looks: Mapping[str, Look], witnesses: Mapping[str, WitnessLooks]) -> bool:
    """Whether a reset was seen where this way's witness just connected: proof that a firewall answers with resets."""
    witness = witnesses.get(way.witness) if way.witness else None
    by_witness = witness.looks if witness else {}
    for other, look in looks.items():
        seen = by_witness.get(other)
        if look.saw == "refused" and seen is not None and seen.saw == "connected" and _address(other) == way.address:
            return True
    return False


def _address(way_id: str) -> str:
    return way_id.partition(":")[2].rpartition(":")[0]  # ids are `protocol:address:port`


def _probe(
    from_host: str, way: Way, saw: str, how: str, ms: float | None, witness: Witness | None = None, counts: bool = False
) -> Probe:
    moot = way.expected == "blocked" and saw == "blocked" and not counts
    return Probe.model_validate(
        {
            "from": from_host,
            "to": way.to,
            "protocol": way.protocol,
            "family": way.family,
            "expected": way.expected,
            "saw": saw,
            "how": how,
            "ms": ms,
            "witness": witness,
            "counts": counts,
            "moot": moot,
        }
    )


def _where(probe: Probe) -> str:
    return f"{probe.from_} -> {probe.to} ({probe.protocol}, {probe.family})"


def _open(probe: Probe) -> Finding:
    return Finding(
        code="SP301",
        severity=Severity.CRITICAL,
        what=f"{probe.from_} connected to {probe.to} over {probe.protocol} and {probe.family}",
        where=_where(probe),
        fix="close this way in the firewall between the environments, then prove again",
    )


def _control_failed(probe: Probe) -> Finding:
    return Finding(
        code="SP303",
        severity=Severity.HIGH,
        what=f"{probe.from_} cannot reach {probe.to}, which it must ({probe.how}): a blocked probe then proves nothing",
        where=_where(probe),
        fix="open this way, or take it off must_reach if it is not needed",
    )


def _unjudged(probe: Probe) -> Finding:
    return Finding(
        code="SP305",
        severity=Severity.HIGH,
        what=f"the probe from {probe.from_} to {probe.to} over {probe.protocol} and {probe.family} says nothing ({probe.how})",
        where=_where(probe),
        fix="let the firewall reject with icmpx admin-prohibited, or name a witness that can connect there",
    )


def _nothing_counts(host: str, group: str, direct: list[Probe], scope: Scope) -> Finding:
    aimed = [p for p, way in zip(direct, scope.ways, strict=True) if way.group == group and way.expected == "blocked"]
    if not aimed:
        missing = "a host named 'outside', with its witness," if group == INTERNET else "its hosts"
        why, fix = "nothing there was probed", f"put {missing} into the inventory and into must_not_reach"
    elif all(p.witness is None for p in aimed):
        why, fix = "no witness is named", "name under isolation.witness a host that may connect there"
    else:
        seen = ", ".join(sorted({f"{p.witness.from_} saw {p.witness.saw}" for p in aimed if p.witness}))
        why, fix = f"no witness connected ({seen})", "start what listens there, or name a witness that may connect"
    return Finding(
        code="SP304",
        severity=Severity.HIGH,
        what=f"no probe from {host} counts for {group}: {why}",
        where=f"{host} -> {group}",
        fix=fix,
    )


def _could_not_ask(host: str, why: str) -> Finding:
    return Finding(
        code="SP306",
        severity=Severity.HIGH,
        what=f"{host} could not be asked: {why}",
        where=host,
        fix="is the host up, and are perl and a shell there?",
    )


def _no_host(environment: str) -> Finding:
    return Finding(
        code="SP306",
        severity=Severity.HIGH,
        what=f"environment {environment!r} has no host to look from",
        where=f"inventory.yaml: environments.{environment}",
        fix="give at least one host this environment",
    )


def _unresolved(name: str) -> Finding:
    return Finding(
        code="SP306",
        severity=Severity.HIGH,
        what=f"{name!r} must not be reached, but the inventory gives it no address",
        where="inventory.yaml: isolation.must_not_reach",
        fix="add the host with its address, or write an address",
    )
