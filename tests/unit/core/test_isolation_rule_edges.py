"""Borders of isolation's decision and its rules: several hosts, several environments, and what is said of what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from isolation_records import (
    AT,
    HEALTHY_HOST,
    RECORDS,
    SCOPE,
    SECTIONS,
    WITNESSES,
    looks_of,
    seen,
    shut,
    with_answers,
)
from test_isolation_decision import PRIMARY, prove, with_look
from test_isolation_edges import finding, found, hashed, refused
from test_isolation_structure import BLOB, DECIDING, PRINT, key

from stormproof.core.drill_result import Probe
from stormproof.core.finding import Severity
from stormproof.core.isolation import decide, not_isolated
from stormproof.core.isolation_credentials import fingerprint
from stormproof.core.isolation_fact import Told, is_loopback, unknown
from stormproof.core.isolation_findings import nothing_counts
from stormproof.core.isolation_looks import ThroughLook
from stormproof.core.verdict import CheckResult

CONTROL = "tcp:10.0.30.5:22"


def direct(way: str, saw: str) -> Probe:
    """The probe of one way that saw this; everything else is healthy."""
    to, family = next((w.to, w.family) for w in SCOPE.ways if w.id == way)
    probes = prove(with_look(way, seen(saw))).probes
    return next(p for p in probes if (p.to, p.family, p.via) == (to, family, None))


def test_one_host_that_is_unknown_among_proved_ones_leaves_the_environment_unknown() -> None:
    scope = replace(SCOPE, hosts=(*SCOPE.hosts, replace(SCOPE.hosts[0], name="recovery-2")))
    for name in ("recovery-1", "recovery-2"):
        hosts = {"recovery-1": HEALTHY_HOST, "recovery-2": HEALTHY_HOST}
        hosts[name] = with_look(PRIMARY, None)
        assert decide(scope, hosts, WITNESSES, at=AT, seconds=1.0).result == "unknown"


@pytest.mark.parametrize(
    ("way", "saw", "counts", "moot"),
    [
        (PRIMARY, "blocked", True, False),
        (PRIMARY, "connected", False, False),
        (PRIMARY, "error", False, False),
        (CONTROL, "connected", False, False),
        (CONTROL, "blocked", False, False),
    ],
)
def test_only_a_blocked_probe_of_a_forbidden_way_counts_or_is_moot(
    way: str, saw: str, counts: bool, moot: bool
) -> None:
    probe = direct(way, saw)
    assert (probe.counts, probe.moot) == (counts, moot)


def test_a_way_that_was_not_looked_at_neither_counts_nor_is_moot() -> None:
    (probe,) = [p for p in prove(with_look(PRIMARY, None)).probes if p.how == "not looked at"]
    assert (probe.counts, probe.moot) == (False, False)


def test_the_places_of_eight_reasons_are_named_and_no_more() -> None:
    findings = [finding(n, Severity.HIGH) for n in range(1, 10)]
    proof = prove().model_copy(update={"result": "broken", "findings": findings})
    assert not_isolated(proof, "recovery").where == ", ".join(f"host-{n}" for n in range(1, 9))
    assert refused(*findings).endswith("; and 1 more")


def test_where_only_some_targets_have_a_witness_those_are_said_to_have_seen_nothing() -> None:
    ways = tuple(replace(w, witness=None) if w.id == PRIMARY else w for w in SCOPE.ways)
    blind = {**WITNESSES, "vault": replace(WITNESSES["vault"], looks={w: seen("silent") for w in WITNESSES["vault"].looks})}  # fmt: skip
    proof = decide(replace(SCOPE, ways=ways), {"recovery-1": HEALTHY_HOST}, blind, at=AT, seconds=1.0)
    assert [f.what for f in proof.findings] == [
        "no probe from recovery-1 counts for production: no witness connected (vault saw silent: silent)"
    ]


@pytest.mark.parametrize("section", SECTIONS)
def test_what_was_not_looked_at_weighs_as_much_as_it_decides(section: str) -> None:
    proof = prove(looks_of(looked=[row for row in RECORDS["looked"] if row != (section,)]))
    weights = {f.where.removeprefix("recovery-1: "): f.severity for f in proof.findings}
    assert weights
    assert weights == {name: Severity.HIGH if name in DECIDING else Severity.MEDIUM for name in weights}


def test_a_way_on_that_could_not_be_tried_weighs_high() -> None:
    proof = prove(replace(HEALTHY_HOST, through=shut()[:1]))
    assert [f.severity for f in proof.findings if f.code == "SP302"] == [Severity.HIGH]


def test_a_password_file_that_this_user_cannot_read_is_said_and_leaves_the_proof_as_it_is() -> None:
    proof = prove(looks_of(unreadable=[("/h/.pgpass", "Permission denied")]))
    assert (found(proof, "credentials")[0], proof.result) == (CheckResult.UNKNOWN, "proved")


def test_a_key_is_refused_when_every_protected_environment_refused_it_and_not_only_one() -> None:
    scope = replace(SCOPE, protected=("production", "archive"))
    elsewhere = replace(key(False, host="old-db"), group="archive")
    for answers, result in (([key(False)], CheckResult.UNKNOWN), ([key(False), elsewhere], CheckResult.PASSED)):
        host = with_answers(looks_of(key=[("/h/.ssh/old", "0", BLOB)]), *answers)
        proof = decide(scope, {"recovery-1": host}, WITNESSES, at=AT, seconds=1.0)
        assert found(proof, "keys")[0] is result
    assert elsewhere.fingerprint == PRINT


@pytest.mark.parametrize("blob", ["QUJD!", "QU JD", "QUJ", ""])
def test_what_is_not_all_base64_has_no_fingerprint(blob: str) -> None:
    assert fingerprint(blob) == ""
    assert fingerprint("QUJD").startswith("SHA256:")


@pytest.mark.parametrize("field", ["|1|", "|1|QUJD", hashed("app-primary") + "|QUJD", "|1|Q|Q"])
def test_a_hashed_name_that_is_cut_off_or_has_more_behind_it_is_nobodys(field: str) -> None:
    assert found(prove(looks_of(known=[("/h/.ssh/known_hosts", field)])), "known hosts") == (
        CheckResult.PASSED,
        "none of production's",
    )


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False), ("what?", False)],
)
def test_an_address_that_cannot_be_read_is_not_taken_for_the_hosts_own(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_a_way_on_through_a_second_credential_is_tried_like_the_first() -> None:
    second = [ThroughLook("vault", a.way, "agent as postgres", "unknown", "status 255", None) for a in shut()]
    proof = prove(replace(HEALTHY_HOST, through=(*shut(), *second)))
    assert proof.result == "unknown"


# -- the network -----------------------------------------------------------------------------------------------------


def test_interfaces_that_the_inventory_does_not_explain_leave_the_proof_unknown() -> None:
    strange = [("2: eth0    inet 172.31.4.9/20 scope global eth0",), ("3: eth1    inet 192.168.7.2/24 scope global eth1",)]  # fmt: skip
    assert prove(looks_of(address=strange)).result == "unknown"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("10.0.10.7/24 via 10.0.20.9 dev eth0", "a route to 10.0.10.0/24 leads to app-primary, app-web"),
        ("unicast 10.0.10.0/24", "10.0.10.0/24 is this host's own link and holds app-primary, app-web"),
        ("unicast 10.0.10.5 via 10.0.20.9", "a route to 10.0.10.5/32 leads to app-primary"),
        ("10.0.10.5 nexthop via 10.0.20.9 dev eth0", "a route to 10.0.10.5/32 leads to app-primary"),
        ("unicast default via fe80::1 dev eth0", "a default route for IPv6, judged by the probes"),
    ],
)
def test_a_route_is_read_in_each_form_that_it_is_printed_in(line: str, said: str) -> None:
    assert found(prove(looks_of(route=[(line,)])), "routes")[1] == said


def test_an_address_of_production_that_cannot_be_read_lies_in_no_network() -> None:
    scope = replace(SCOPE, protected_addresses={**SCOPE.protected_addresses, "what?": "old-db"})
    host = looks_of(route=[("10.0.10.0/24 via 10.0.20.9 dev eth0",), ("192.0.2.0/24 via 10.0.20.9 dev eth0",)])
    proof = decide(scope, {"recovery-1": host}, WITNESSES, at=AT, seconds=1.0)
    assert found(proof, "routes")[1] == "a route to 10.0.10.0/24 leads to app-primary, app-web"


@pytest.mark.parametrize(("state", "near"), [("FAILED", False), ("INCOMPLETE", False), ("STALE", True)])
def test_a_neighbour_that_does_not_answer_is_none_although_its_old_address_is_still_shown(
    state: str, near: bool
) -> None:
    line = f"10.0.10.5 dev eth0 lladdr 02:00:00:00:00:09 {state}"
    assert (found(prove(looks_of(neighbour=[(line,)])), "neighbours")[0] is CheckResult.FAILED) is near


@pytest.mark.parametrize("count", [3, 4])
def test_three_rules_that_open_the_way_are_shown(count: int) -> None:
    lines = [(f"ip daddr 10.0.10.5 tcp dport {port} accept",) for port in range(1, count + 1)]
    result, said = found(prove(looks_of(no_firewall=[], firewall=lines)), "firewall")
    assert (result, said.count("accept")) == (CheckResult.FAILED, 3)


@pytest.mark.parametrize(
    ("mounts", "said"),
    [([], "no network file system"), ([("nfs4", "vault:/srv", "/mnt")], "/mnt (nfs4 from vault:/srv)")],
)
def test_what_is_mounted_is_said(mounts: list[tuple[str, ...]], said: str) -> None:
    assert found(prove(looks_of(mount=mounts)), "mounts") == (CheckResult.PASSED, said)


# -- what nobody said ------------------------------------------------------------------------------------------------


def test_what_could_not_be_looked_at_decides_unless_its_rule_says_that_it_does_not() -> None:
    assert Told(CheckResult.UNKNOWN, "not looked at").fact("routes", "recovery-1", "SP313").decides
    assert not unknown("not looked at", decides=False).fact("names", "recovery-1", "SP325").decides


def test_probes_that_do_not_pair_with_the_ways_are_never_held_against_them() -> None:
    with pytest.raises(ValueError, match="longer"):
        nothing_counts("recovery-1", "production", prove().probes[:1], SCOPE)


@pytest.mark.parametrize(("state", "open_"), [("1", True), ("7", False), ("what", True), ("1234", True), ("", True)])
def test_a_socket_to_production_is_open_unless_the_kernel_says_that_it_is_not(state: str, open_: bool) -> None:
    host = looks_of(socket=[("tcp", state, "10.0.20.5", "40000", "10.0.10.5", "5432")])
    assert (found(prove(host), "open sockets")[0] is CheckResult.FAILED) is open_


@pytest.mark.parametrize(("state", "port", "said"), [("10", "5432", "beyond SSH: 0.0.0.0:5432"), ("10", "22", "nothing beyond SSH"), ("what", "5432", "nothing beyond SSH"), ("10", "what", "beyond SSH: 0.0.0.0:what")])  # fmt: skip
def test_what_listens_is_said_with_its_port_however_that_is_written(state: str, port: str, said: str) -> None:
    host = looks_of(socket=[("tcp", state, "0.0.0.0", port, "0.0.0.0", "0")])
    assert found(prove(host), "listening")[1] == said
