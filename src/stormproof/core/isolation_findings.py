"""What a person reads when isolation is not proved: one finding per reason. Pure."""

from __future__ import annotations

from stormproof.core.drill_result import Probe
from stormproof.core.finding import Finding, Severity
from stormproof.core.isolation_scope import INTERNET, Scope


def _where(probe: Probe) -> str:
    return f"{probe.from_} -> {probe.to} ({probe.protocol}, {probe.family})"


def way_open(probe: Probe) -> Finding:
    return Finding(
        code="SP301",
        severity=Severity.CRITICAL,
        what=f"{probe.from_} connected to {probe.to} over {probe.protocol} and {probe.family}",
        where=_where(probe),
        fix="close this way in the firewall between the environments, then prove again",
    )


def control_failed(probe: Probe) -> Finding:
    return Finding(
        code="SP303",
        severity=Severity.HIGH,
        what=f"{probe.from_} cannot reach {probe.to}, which it must ({probe.how}): a blocked probe then proves nothing",
        where=_where(probe),
        fix="open this way, or take it off must_reach if it is not needed",
    )


def unjudged(probe: Probe) -> Finding:
    return Finding(
        code="SP305",
        severity=Severity.HIGH,
        what=f"the probe from {probe.from_} to {probe.to} over {probe.protocol} and {probe.family} says nothing ({probe.how})",
        where=_where(probe),
        fix="let the firewall reject with icmpx admin-prohibited, or name a witness that can connect there",
    )


def nothing_counts(host: str, group: str, direct: list[Probe], scope: Scope) -> Finding:
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


def could_not_ask(host: str, why: str) -> Finding:
    return Finding(
        code="SP306",
        severity=Severity.HIGH,
        what=f"{host} could not be asked: {why}",
        where=host,
        fix="is the host up, and are perl and a shell there?",
    )


def no_host(environment: str) -> Finding:
    return Finding(
        code="SP306",
        severity=Severity.HIGH,
        what=f"environment {environment!r} has no host to look from",
        where=f"inventory.yaml: environments.{environment}",
        fix="give at least one host this environment",
    )


def unresolved(name: str) -> Finding:
    return Finding(
        code="SP306",
        severity=Severity.HIGH,
        what=f"{name!r} must not be reached, but the inventory gives it no address",
        where="inventory.yaml: isolation.must_not_reach",
        fix="add the host with its address, or write an address",
    )
