"""Borders of the isolation rules that the great tables of faults do not reach."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest
from isolation_records import AT, HEALTHY_HOST, LINKS, LO, RECORDS, SCOPE, WITNESSES, looks_of, shut

from stormproof.core.drill_result import IsolationProof
from stormproof.core.finding import Finding, Severity
from stormproof.core.inventory_text import parse_inventory
from stormproof.core.isolation import decide, not_isolated
from stormproof.core.isolation_looks import HostLooks, ThroughLook, WitnessLooks
from stormproof.core.isolation_plan import scope_of
from stormproof.core.isolation_scope import Scope
from stormproof.core.verdict import CheckResult


def prove(host: HostLooks, scope: Scope = SCOPE) -> IsolationProof:
    return decide(scope, {"recovery-1": host}, WITNESSES, at=AT, seconds=1.0)


def found(proof: IsolationProof, name: str) -> tuple[CheckResult, str]:
    fact = next(f for f in proof.structure if f.name == name)
    return fact.result, fact.saw


def names() -> list[str]:
    return [fact.name for fact in prove(HEALTHY_HOST).structure]


def finding(number: int, severity: Severity) -> Finding:
    return Finding(code=f"SP3{number:02}", severity=severity, what=f"reason {number}", where=f"host-{number}", fix="mend it")  # fmt: skip


def refused(*findings: Finding) -> str:
    proof = prove(HEALTHY_HOST).model_copy(update={"result": "broken", "findings": list(findings)})
    return not_isolated(proof, "recovery").what


def test_a_refusal_names_what_weighs_and_leaves_remarks_out() -> None:
    what = refused(finding(1, Severity.INFO), finding(2, Severity.CRITICAL), finding(3, Severity.HIGH))
    assert what == "environment 'recovery' is not isolated: SP302 reason 2; SP303 reason 3"


def test_a_refusal_with_remarks_alone_names_them() -> None:
    assert refused(finding(1, Severity.LOW)).endswith(": SP301 reason 1")


@pytest.mark.parametrize(("count", "end"), [(8, "SP308 reason 8"), (9, "SP308 reason 8; and 1 more")])
def test_a_refusal_lists_eight_reasons_and_counts_the_others(count: int, end: str) -> None:
    assert refused(*(finding(n, Severity.HIGH) for n in range(1, count + 1))).endswith(end)


@pytest.mark.parametrize(
    ("file", "told"), [("/h/.pgpass", True), ("/h/.pg_service.conf", True), ("/h/.ssh/id_ed25519", False)]
)
def test_a_password_or_service_file_that_cannot_be_read_is_said_and_no_other_file(file: str, told: bool) -> None:
    proof = prove(looks_of(unreadable=[(file, "Permission denied")]))
    said = [fact for fact in proof.structure if f"{file} (Permission denied)" in fact.saw and "usable" in fact.saw]
    assert bool(said) is told
    assert all(fact.result is CheckResult.UNKNOWN for fact in said)


def hashed(name: str) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize(
    ("name", "known"), [("[10.0.10.5]:2222", True), ("[10.0.10.5]:22", False), ("10.0.10.5", True)]
)
def test_a_hashed_name_is_known_with_its_port_only_where_that_is_not_the_usual_one(name: str, known: bool) -> None:
    scope = replace(SCOPE, ssh_ports=frozenset({22, 2222}))
    proof = prove(looks_of(known=[("/h/.ssh/known_hosts", hashed(name))]), scope)
    assert any("app-primary" in fact.saw for fact in proof.structure) is known


def test_a_pattern_of_ssh_that_names_nobody_in_particular_is_no_way_to_production() -> None:
    for word, named in (("*", False), ("app-*", True), ("vault", False), ("app-primary", True)):
        proof = prove(looks_of(ssh_config=[("/h/.ssh/config", "host", word)]))
        assert any(fact.result is CheckResult.FAILED for fact in proof.structure) is named, word


@pytest.mark.parametrize("line", ["unicast", "unicast 10.0.10.0/24 via 10.0.20.1 dev eth0"])
def test_a_route_that_is_only_half_told_is_no_crash_and_a_whole_one_is_read(line: str) -> None:
    proof = prove(looks_of(route=[*RECORDS["route"], (line,)]))
    named = [fact for fact in proof.structure if "10.0.10.0/24" in fact.saw or "unicast" in fact.saw]
    assert bool(named) is (line != "unicast")


@pytest.mark.parametrize(
    ("record", "result", "said"),
    [
        (("app-primary", "none"), CheckResult.PASSED, "not known here"),
        (("app-primary", "timeout"), CheckResult.UNKNOWN, "app-primary"),
        (("app-primary", "answer", "127.0.0.1"), CheckResult.PASSED, "app-primary stay within"),
        (("app-primary", "answer", "10.0.10.5"), CheckResult.FAILED, "app-primary is 10.0.10.5"),
    ],
)
def test_what_a_name_server_says_of_production(record: tuple[str, ...], result: CheckResult, said: str) -> None:
    proof = prove(looks_of(name=[record]))
    assert any(fact.result is result and said in fact.saw for fact in proof.structure)


def test_a_section_that_stumbled_says_why_and_one_without_a_reason_that_the_look_ended() -> None:
    looked = [row for row in RECORDS["looked"] if row != ("routes",)]
    for stumbled, said in (([("routes", "no iproute2")], "no iproute2"), ([("routes",)], "the look ended before it")):
        proof = prove(looks_of(looked=looked, stumbled=stumbled))
        assert any(f"not looked at ({said})" in fact.saw for fact in proof.structure)


@pytest.mark.parametrize("missing", range(len(shut())))
def test_a_way_through_that_was_not_tried_is_named_and_the_others_are_not(missing: int) -> None:
    tried = [a for number, a in enumerate(shut()) if number != missing]
    proof = prove(replace(HEALTHY_HOST, through=tuple(tried)))
    way = shut()[missing].way
    label = {"shell": "a shell", "write": "a file written"}.get(way) or next(w.to for w in SCOPE.ways if w.id == way)
    facts = [fact for fact in proof.structure if "could not be tried" in fact.saw]
    assert [fact.saw for fact in facts] == [f"could not be tried: {label}"]
    assert proof.result == "unknown"


def test_another_hosts_attempts_say_nothing_of_this_one() -> None:
    open_elsewhere = ThroughLook("elsewhere", "shell", "key", "forwarded", "it ran", 1.0)
    assert prove(replace(HEALTHY_HOST, through=(*shut(), open_elsewhere))).result == "proved"


INVENTORY = """\
environments: {production: {protected: true}, net: {protected: false}, recovery: {protected: false, isolation: {must_not_reach: [internet:443, other:443], witness: {}}}}
hosts:
  internet: {environment: production, address: 10.0.10.5, user: p, host_key: ssh-ed25519 AAAA, identity: k}
  other: {environment: net, address: 10.0.50.5, user: p, host_key: ssh-ed25519 AAAA, identity: k}
  recovery-1: {environment: recovery, address: 10.0.40.5, user: p, host_key: ssh-ed25519 AAAA, identity: k}
services: {}
secrets: {source: "file:keys/"}
"""


def test_a_protected_host_stays_productions_whatever_it_is_called() -> None:
    scope = scope_of(parse_inventory(INVENTORY, file="inventory.yaml", folder="/p"), "recovery")
    groups = {way.host: way.group for way in scope.ways}
    assert (groups["internet"], groups["other"]) == ("production", "net")


@pytest.mark.parametrize(("trouble", "said"), [("it hangs", "unknown: it hangs"), (None, "unknown: not asked")])
def test_a_witness_that_could_not_be_asked_is_told_with_its_reason(trouble: str | None, said: str) -> None:
    witnesses = {**WITNESSES, "vault": WitnessLooks({}, trouble)}
    proof = decide(SCOPE, {"recovery-1": HEALTHY_HOST}, witnesses, at=AT, seconds=1.0)
    assert {p.witness.saw for p in proof.probes if p.witness and p.witness.from_ == "vault"} == {said}


ETH1 = ("3: eth1    inet 192.168.7.2/24 scope global eth1",)


@pytest.mark.parametrize(
    ("addresses", "links", "result", "said"),
    [
        (LO, LINKS[:1], CheckResult.PASSED, "none beside loopback"),
        ([*LO, ETH1], LINKS, CheckResult.FAILED, "beside eth1 there is eth0 (up, without an address)"),
        (
            [*LO, ("2: eth0    inet 172.31.4.9/20 scope global eth0",), ETH1],
            LINKS,
            CheckResult.UNKNOWN,
            "none of eth0, eth1 holds an address that the inventory gives this host",
        ),
    ],
)
def test_which_interface_is_the_hosts_own(
    addresses: list[tuple[str, ...]], links: list[tuple[str, ...]], result: CheckResult, said: str
) -> None:
    assert found(prove(looks_of(address=addresses, link=links)), "interfaces") == (result, said)


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("app-web,app-primary", "the machine's list names app-primary, app-web"),
        ("vault", "none of production's"),
    ],
)
def test_whom_of_production_the_machines_list_of_host_keys_names_is_said(listed: str, said: str) -> None:
    proof = prove(looks_of(known=[("/etc/ssh/ssh_known_hosts", listed)]))
    assert found(proof, "known hosts") == (CheckResult.PASSED, said)


@pytest.mark.parametrize("port", ["10.0.10.5:5432", "[fd00:10::5]:5432", "fd00:10::5/5432", "app-primary:5432"])
def test_a_forwarded_port_is_seen_however_its_target_is_written(port: str) -> None:
    result, said = found(prove(looks_of(ssh_config=[("/h/.ssh/config:4", "localforward", f"5432 {port}")])), "ssh configuration")  # fmt: skip
    assert (result, "names app-primary" in said) == (CheckResult.FAILED, True)
