"""Proved, broken or unknown: the decision over what probes and witnesses saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from isolation_records import AT, HEALTHY_HOST, SCOPE, WITNESSES, looks_of, seen

from stormproof.core.drill_result import IsolationProof
from stormproof.core.isolation import decide, not_isolated
from stormproof.core.isolation_looks import HostLooks, Look, WitnessLooks
from stormproof.core.verdict import CheckResult


def prove(host: HostLooks = HEALTHY_HOST, witnesses: Mapping[str, WitnessLooks] = WITNESSES) -> IsolationProof:
    return decide(SCOPE, {"recovery-1": host}, witnesses, at=AT, seconds=1.0)


def with_look(way: str, look: Look | None, host: HostLooks = HEALTHY_HOST) -> HostLooks:
    looks = {**host.looks}
    looks.pop(way, None)
    return replace(host, looks=looks if look is None else {**looks, way: look})


def with_witness(name: str, way: str, look: Look | None) -> dict[str, WitnessLooks]:
    looks = {**WITNESSES[name].looks}
    looks.pop(way, None)
    return {**WITNESSES, name: WitnessLooks(looks if look is None else {**looks, way: look})}


def only(proof: IsolationProof) -> str:
    assert len(proof.findings) == 1, proof.findings
    finding = proof.findings[0]
    return f"{finding.code} {finding.severity}: {finding.what} | {finding.where} | {finding.fix}"


PRIMARY = "tcp:10.0.10.5:5432"
OUTSIDE = "tcp:203.0.113.9:443"


def test_healthy_is_proved_without_a_finding() -> None:
    proof = prove()
    assert (proof.result, proof.findings, proof.at, proof.seconds) == ("proved", [], AT, 1.0)


@pytest.mark.parametrize("way", [w.id for w in SCOPE.ways if w.expected == "blocked"])
def test_one_way_that_connects_breaks_it_whatever_the_witness_saw(way: str) -> None:
    for witnesses in (WITNESSES, {}):
        assert prove(with_look(way, seen("connected")), witnesses).result == "broken"


def test_an_open_way_is_named_whole() -> None:
    assert only(prove(with_look(PRIMARY, seen("connected")))) == (
        "SP301 critical: recovery-1 connected to app-primary:5432 over tcp and ipv4"
        " | recovery-1 -> app-primary:5432 (tcp, ipv4)"
        " | close this way in the firewall between the environments, then prove again"
    )


@pytest.mark.parametrize("saw", ["blocked", "refused", "silent"])
def test_a_positive_control_that_fails_leaves_it_unknown(saw: str) -> None:
    proof = prove(with_look("tcp:10.0.30.5:22", seen(saw)))
    assert proof.result == "unknown"
    assert only(proof) == (
        f"SP303 high: recovery-1 cannot reach vault:22, which it must ({saw}): a blocked probe then proves nothing"
        " | recovery-1 -> vault:22 (tcp, ipv4) | open this way, or take it off must_reach if it is not needed"
    )


def test_a_positive_control_needs_one_family_only() -> None:
    six = replace(SCOPE.ways[0], id="tcp:fd00:30::5:22", address="fd00:30::5")
    scope = replace(SCOPE, ways=(*SCOPE.ways, six))
    host = with_look(six.id, seen("blocked"), looks_of(scope))
    assert decide(scope, {"recovery-1": host}, WITNESSES, at=AT, seconds=1.0).result == "proved"
    neither = with_look(SCOPE.ways[0].id, seen("blocked"), host)
    proof = decide(scope, {"recovery-1": neither}, WITNESSES, at=AT, seconds=1.0)
    assert (proof.result, [f.code for f in proof.findings]) == ("unknown", ["SP303"])


@pytest.mark.parametrize("way", [w.id for w in SCOPE.ways])
@pytest.mark.parametrize("look", [None, seen("error")])
def test_a_probe_that_says_nothing_leaves_it_unknown(way: str, look: Look | None) -> None:
    proof = prove(with_look(way, look))
    assert proof.result == "unknown"
    assert {f.code for f in proof.findings} == {"SP305"}


@pytest.mark.parametrize(("apart", "counts"), [(4.99, True), (5.0, True), (5.01, False), (-5.0, True), (-5.01, False)])
def test_a_witness_counts_within_five_seconds_either_way(apart: float, counts: bool) -> None:
    late = {
        **WITNESSES,
        "vault": WitnessLooks({w: seen("connected", at=100.0 + apart) for w in WITNESSES["vault"].looks}),
    }
    proof = prove(HEALTHY_HOST, late)
    assert {p.counts for p in proof.probes if p.to == "app-primary:5432" and p.via is None} == {counts}
    assert proof.result == ("proved" if counts else "unknown")


def test_blurred_instants_count_by_their_worst_case() -> None:
    blurred = Look("connected", "connected", 1.0, 98.0, 105.5)
    proof = prove(HEALTHY_HOST, with_witness("vault", PRIMARY, blurred))
    assert next(p for p in proof.probes if p.to == "app-primary:5432").moot


@pytest.mark.parametrize("saw", ["blocked", "silent"])
def test_a_blocked_probe_without_a_connected_witness_is_moot_and_listed(saw: str) -> None:
    proof = prove(HEALTHY_HOST, with_witness("vault", PRIMARY, seen(saw)))
    probe = next(p for p in proof.probes if p.to == "app-primary:5432" and p.via is None)
    assert (probe.saw, probe.counts, probe.moot) == ("blocked", False, True)
    assert probe.witness is not None
    assert (probe.witness.from_, probe.witness.saw) == ("vault", f"{saw}: {saw}")
    assert proof.result == "proved"  # other probes of production count


@pytest.mark.parametrize("group", ["production", "internet"])
def test_each_group_needs_one_probe_that_counts(group: str) -> None:
    lost = {
        name: WitnessLooks({way: seen("blocked") if _group(way) == group else look for way, look in w.looks.items()})
        for name, w in WITNESSES.items()
    }
    proof = prove(HEALTHY_HOST, lost)
    assert proof.result == "unknown"
    who = "vault" if group == "production" else "app-web"
    assert only(proof) == (
        f"SP304 high: no probe from recovery-1 counts for {group}: no witness connected ({who} saw blocked: blocked)"
        f" | recovery-1 -> {group} | start what listens there, or name a witness that may connect"
    )


def _group(way_id: str) -> str:
    return next(w.group for w in SCOPE.ways if w.id == way_id)


def test_without_a_witness_nothing_counts() -> None:
    scope = replace(SCOPE, ways=tuple(replace(w, witness=None) for w in SCOPE.ways))
    proof = decide(scope, {"recovery-1": HEALTHY_HOST}, {}, at=AT, seconds=1.0)
    assert proof.result == "unknown"
    assert [f.what for f in proof.findings] == [
        "no probe from recovery-1 counts for production: no witness is named",
        "no probe from recovery-1 counts for internet: no witness is named",
    ]


def test_without_a_target_for_the_internet_it_is_unknown() -> None:
    scope = replace(SCOPE, ways=tuple(w for w in SCOPE.ways if w.group != "internet"))
    proof = decide(scope, {"recovery-1": looks_of(scope)}, WITNESSES, at=AT, seconds=1.0)
    assert proof.result == "unknown"
    assert only(proof) == (
        "SP304 high: no probe from recovery-1 counts for internet: nothing there was probed | recovery-1 -> internet"
        " | put a host named 'outside', with its witness, into the inventory and into must_not_reach"
    )


def test_a_probe_through_another_host_cannot_stand_in_for_a_direct_one() -> None:
    witnesses = {name: WitnessLooks({w: seen("blocked") for w in looks.looks}) for name, looks in WITNESSES.items()}
    proof = prove(HEALTHY_HOST, witnesses)
    assert any(p.via for p in proof.probes)
    assert proof.result == "unknown"


# -- a reset comes from a firewall or from the target ----------------------------------------------------------------


def test_a_reset_where_the_witness_connected_is_a_firewalls_and_counts() -> None:
    proof = prove(with_look(PRIMARY, seen("refused")))
    assert next(p for p in proof.probes if p.to == "app-primary:5432").counts
    assert proof.result == "proved"


def test_a_reset_that_the_witness_gets_too_is_unknown() -> None:
    proof = prove(with_look(PRIMARY, seen("refused")), with_witness("vault", PRIMARY, seen("refused")))
    assert proof.result == "unknown"
    assert only(proof) == (
        "SP305 high: the probe from recovery-1 to app-primary:5432 over tcp and ipv4 says nothing"
        " (refused: from the target itself or from a firewall, nobody can tell)"
        " | recovery-1 -> app-primary:5432 (tcp, ipv4)"
        " | let the firewall reject with icmpx admin-prohibited, or name a witness that can connect there"
    )


def test_a_reset_without_a_witness_is_unknown() -> None:
    assert prove(with_look(PRIMARY, seen("refused")), with_witness("vault", PRIMARY, None)).result == "unknown"


def test_a_reset_for_a_host_that_is_silent_to_the_witness_is_a_firewalls_but_moot() -> None:
    proof = prove(with_look(PRIMARY, seen("refused")), with_witness("vault", PRIMARY, seen("blocked")))
    assert next(p for p in proof.probes if p.to == "app-primary:5432").moot
    assert proof.result == "proved"


def test_a_firewall_seen_to_reset_explains_a_reset_at_the_same_address() -> None:
    host = with_look(PRIMARY, seen("refused"), with_look("tcp:10.0.10.5:22", seen("refused")))
    proof = prove(host, with_witness("vault", PRIMARY, seen("refused")))
    assert proof.result == "proved"
    assert next(p for p in proof.probes if p.to == "app-primary:5432").moot


def test_a_firewall_seen_to_reset_elsewhere_explains_nothing() -> None:
    host = with_look(PRIMARY, seen("refused"), with_look("tcp:10.0.10.6:443", seen("refused")))
    assert prove(host, with_witness("vault", PRIMARY, seen("refused"))).result == "unknown"


# -- what could not be looked at -------------------------------------------------------------------------------------


def test_a_host_that_could_not_be_asked_leaves_it_unknown() -> None:
    proof = decide(SCOPE, {}, WITNESSES, at=AT, seconds=1.0)
    assert proof.result == "unknown"
    assert "SP306" in {f.code for f in proof.findings}
    assert all(f.result is CheckResult.UNKNOWN for f in proof.structure if not f.name.startswith("way through"))


def test_an_environment_without_hosts_is_unknown() -> None:
    proof = decide(replace(SCOPE, hosts=()), {}, WITNESSES, at=AT, seconds=1.0)
    assert proof.result == "unknown"
    assert only(proof) == (
        "SP306 high: environment 'recovery' has no host to look from | inventory.yaml: environments.recovery"
        " | give at least one host this environment"
    )


def test_a_forbidden_name_without_an_address_is_unknown() -> None:
    proof = decide(replace(SCOPE, unresolved=("old-db",)), {"recovery-1": HEALTHY_HOST}, WITNESSES, at=AT, seconds=1.0)
    assert proof.result == "unknown"
    assert only(proof) == (
        "SP306 high: 'old-db' must not be reached, but the inventory gives it no address"
        " | inventory.yaml: isolation.must_not_reach | add the host with its address, or write an address"
    )


def test_one_broken_host_among_healthy_ones_breaks_the_environment() -> None:
    scope = replace(SCOPE, hosts=(*SCOPE.hosts, replace(SCOPE.hosts[0], name="recovery-2")))
    both = {"recovery-1": HEALTHY_HOST, "recovery-2": with_look(PRIMARY, seen("connected"))}
    assert decide(scope, both, WITNESSES, at=AT, seconds=1.0).result == "broken"


def test_broken_outranks_unknown() -> None:
    assert prove(with_look(PRIMARY, seen("connected"), with_look(OUTSIDE, None))).result == "broken"


# -- the refusal -----------------------------------------------------------------------------------------------------


def test_the_refusal_lists_what_stands_in_the_way() -> None:
    error = not_isolated(
        prove(with_look(OUTSIDE, seen("connected"), with_look(PRIMARY, seen("connected")))), "recovery"
    )
    assert error.exit_code == 2
    assert str(error) == (
        "error SP300: environment 'recovery' is not isolated:"
        " SP301 recovery-1 connected to app-primary:5432 over tcp and ipv4;"
        " SP301 recovery-1 connected to outside:443 over tcp and ipv4\n"
        "  where: recovery-1 -> app-primary:5432 (tcp, ipv4), recovery-1 -> outside:443 (tcp, ipv4)\n"
        "  fix:   close this way in the firewall between the environments, then prove again"
    )


def test_the_refusal_of_an_unknown_proof_says_not_proved() -> None:
    error = not_isolated(prove(with_look("tcp:10.0.30.5:22", seen("blocked"))), "recovery")
    assert "environment 'recovery' is not proved isolated: SP303 " in str(error)


def test_a_proof_that_never_ran_is_refused_too() -> None:
    assert str(not_isolated(IsolationProof(), "recovery")) == (
        "error SP300: environment 'recovery' is not proved isolated: nothing was looked at\n"
        "  where: recovery\n  fix:   run the isolation proof again"
    )


def test_the_instant_is_kept_in_utc() -> None:
    assert prove().at == datetime(2026, 1, 31, 9, tzinfo=UTC)
