"""Is an environment isolated? The decision, over what probes, witnesses and a look at the hosts' build saw.

proved: no forbidden way was open, directly or through a reachable host, no fact of the build speaks against it, every
positive control connected, and for each protected environment and for the internet at least one direct probe counts.
broken: something got through, or a fact failed. unknown: everything else; a thing that could not be looked at is never
a pass.

Source of the rules: docs/isolation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stormproof.core import isolation_findings as findings_of
from stormproof.core.drill_result import IsolationProof, Probe, StructureFact, Witness
from stormproof.core.errors import NotIsolated
from stormproof.core.finding import Finding, Severity
from stormproof.core.isolation_fact import Fact
from stormproof.core.isolation_looks import HostLooks, Look, WitnessLooks
from stormproof.core.isolation_scope import Isolated, Scope, Way
from stormproof.core.isolation_structure import facts_of
from stormproof.core.isolation_through import facts_through, probes_through
from stormproof.core.verdict import CheckResult

NOT_ASKED = HostLooks(looks_trouble="not asked", records_trouble="not asked", through_trouble="not asked")
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
    judged = [_judge_host(scope, host, seen.get(host.name, NOT_ASKED), witnesses) for host in scope.hosts]
    probes = [probe for one in judged for probe in one.probes]
    facts = [fact for one in judged for fact in one.facts]
    findings = [finding for one in judged for finding in one.findings]
    findings += [findings_of.unresolved(name) for name in scope.unresolved]
    if not scope.hosts:
        findings.append(findings_of.no_host(scope.environment))
    unknown = not scope.hosts or bool(scope.unresolved) or any(one.unknown for one in judged)
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


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of one isolated host. `unknown`: its probes alone leave the proof unknown."""

    probes: list[Probe]
    facts: list[Fact]
    findings: list[Finding]
    unknown: bool


def _judge_host(scope: Scope, host: Isolated, looks: HostLooks, witnesses: Mapping[str, WitnessLooks]) -> _Judged:
    direct = [judge_probe(host.name, way, looks.looks, witnesses) for way in scope.ways]
    through = probes_through(scope, host.name, looks, lambda way: witness_of(way, witnesses))
    facts = [*facts_of(scope, host, looks), *facts_through(scope, host.name, looks)]
    findings = [findings_of.way_open(p) for p in direct if p.expected == "blocked" and p.saw == "connected"]
    reasons = [findings_of.control_failed(p) for p in _controls_failed(direct)]
    if looks.looks_trouble:
        reasons.append(findings_of.could_not_ask(host.name, looks.looks_trouble))
    else:  # one reason is enough: a host that was not asked has no probes to complain about
        reasons += [findings_of.unjudged(p) for p in direct if p.saw == "unknown"]
        reasons += [
            findings_of.nothing_counts(host.name, group, direct, scope)
            for group in scope.must_count
            if not any(p.counts for p, way in zip(direct, scope.ways, strict=True) if way.group == group)
        ]
    unknown = bool(reasons) or any(p.saw == "unknown" for p in through)
    findings += [*reasons, *(fact.finding for fact in facts if fact.finding is not None)]
    return _Judged([*direct, *through], facts, findings, unknown)


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


def _controls_failed(direct: list[Probe]) -> list[Probe]:
    """The blocked ones of those that must connect; one family is enough, for not every host speaks both."""
    connected = {(p.to, p.protocol) for p in direct if p.expected == "connected" and p.saw == "connected"}
    blocked = {(p.to, p.protocol): p for p in direct if p.expected == "connected" and p.saw == "blocked"}
    return [probe for key, probe in blocked.items() if key not in connected]
