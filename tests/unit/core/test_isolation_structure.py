"""How the isolated host is built: each fault fires and is named, twenty healthy variations raise nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest
from isolation_records import (
    AT,
    ETH0,
    HEALTHY_HOST,
    LINKS,
    LO,
    RECORDS,
    ROUTES,
    SCOPE,
    SECTIONS,
    WITNESSES,
    looks_of,
    shut,
    with_answers,
)

from stormproof.core.drill_result import IsolationProof, StructureFact
from stormproof.core.isolation import decide
from stormproof.core.isolation_credentials import fingerprint
from stormproof.core.isolation_looks import HostLooks, KeyAnswer, ThroughLook
from stormproof.core.isolation_scope import Scope, plain_address
from stormproof.core.verdict import CheckResult

Rows = list[tuple[str, ...]]
BLOB = base64.b64encode(b"\0\0\0\x0bssh-ed25519" + b"k" * 36).decode()
PRINT = fingerprint(BLOB)


def prove(host: HostLooks, scope: Scope = SCOPE) -> IsolationProof:
    return decide(scope, {"recovery-1": host}, WITNESSES, at=AT, seconds=1.0)


def fact(proof: IsolationProof, name: str) -> StructureFact:
    return next(f for f in proof.structure if f.name == name)


def hashed(name: str) -> str:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def key(answer: bool | None, how: str = "refused", host: str = "app-primary") -> KeyAnswer:
    return KeyAnswer(PRINT, host, "production", answer, how)


# -- each fault fires ------------------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[dict[str, Rows], str, str, str]] = {
    "an address of production": (
        {"address": [*LO, *ETH0, ("2: eth0    inet 10.0.10.5/32 scope global eth0",)]},
        "addresses", "SP311", "this host holds 10.0.10.5 of app-primary"),
    "an address of production on loopback": (
        {"address": [*LO, *ETH0, ("1: lo    inet6 fd00:10:0::5/128 scope global",)]},
        "addresses", "SP311", "this host holds fd00:10::5 of app-primary"),
    "an extra interface with an address": (
        {"address": [*LO, *ETH0, ("3: eth1    inet 192.168.7.2/24 scope global eth1",)]},
        "interfaces", "SP312", "beside eth0 there is eth1 (192.168.7.2)"),
    "an extra interface that is up without an address": (
        {"link": [*LINKS, ("3: wg0: <POINTOPOINT,NOARP,UP,LOWER_UP> mtu 1420 state UNKNOWN",)]},
        "interfaces", "SP312", "beside eth0 there is wg0 (up, without an address)"),
    "a route for production alone": (
        {"route": [*ROUTES, ("10.0.10.0/24 via 10.0.20.9 dev eth0",)]},
        "routes", "SP313", "a route to 10.0.10.0/24 leads to app-primary, app-web"),
    "a route in another table": (
        {"route": [*ROUTES, ("fd00:10::5 via fe80::9 dev eth0 table 77 metric 1024",)]},
        "routes", "SP313", "a route to fd00:10::5/128 leads to app-primary"),
    "production on the host's own link": (
        {"route": [*ROUTES, ("10.0.0.0/16 dev eth0 proto kernel scope link src 10.0.20.5",)]},
        "routes", "SP313", "10.0.0.0/16 is this host's own link and holds app-primary, app-web"),
    "a neighbour of production": (
        {"neighbour": [("10.0.10.6 dev eth0 lladdr 02:00:00:00:00:09 STALE",)]},
        "neighbours", "SP314", "on the same link: 10.0.10.6 of app-web (stale)"),
    "a readable rule that opens the way": (
        {"no_firewall": [], "firewall": [("ip daddr 10.0.10.5 tcp dport 5432 accept",)]},
        "firewall", "SP315", "a rule opens the way to production: ip daddr 10.0.10.5 tcp dport 5432 accept"),
    "an open socket": (
        {"socket": [("tcp", "1", "10.0.20.5", "40000", "10.0.10.5", "5432")]},
        "open sockets", "SP317", "open with production: tcp from 10.0.20.5:40000 to app-primary:5432"),
    "a half closed socket over mapped IPv6": (
        {"socket": [("tcp6", "8", "::ffff:10.0.20.5", "22", "::ffff:10.0.10.6", "50000")]},
        "open sockets", "SP317", "open with production: tcp from [::ffff:10.0.20.5]:22 to app-web:50000"),
    "a .pgpass": (
        {"names_host": [(".pgpass", "/h/.pgpass", "APP-PRIMARY.example.com")]},
        "credentials", "SP318", ".pgpass /h/.pgpass names app-primary"),
    "a .pgpass for every host": (
        {"names_host": [(".pgpass", "/h/.pgpass", "*")]},
        "credentials", "SP318", "/h/.pgpass holds for every host, production's too"),
    "a service file by address": (
        {"names_host": [("service file", "/h/.pg_service.conf", "vault,fd00:10::5")]},
        "credentials", "SP318", "service file /h/.pg_service.conf names app-primary"),
    "a variable": (
        {"names_host": [("variable", "environment (PGHOST)", "10.0.10.5")]},
        "credentials", "SP318", "environment (PGHOST) names app-primary"),
    "an ssh configuration": (
        {"ssh_config": [("/h/.ssh/config:3", "hostname", "10.0.10.6")]},
        "ssh configuration", "SP322", "/h/.ssh/config:3 (hostname 10.0.10.6) names app-web"),
    "an ssh configuration by jump": (
        {"ssh_config": [("/h/.ssh/config:3", "proxyjump", "vault,postgres@app-primary:22")]},
        "ssh configuration", "SP322", "/h/.ssh/config:3 (proxyjump postgres@app-primary:22) names app-primary"),
    "an ssh configuration by pattern": (
        {"ssh_config": [("/h/.ssh/config:1", "host", "app-*")]},
        "ssh configuration", "SP322", "/h/.ssh/config:1 (host app-*) names app-primary"),
    "a forwarded port": (
        {"ssh_config": [("/h/.ssh/config:4", "localforward", "5432 10.0.10.5:5432")]},
        "ssh configuration", "SP322", "/h/.ssh/config:4 (localforward 10.0.10.5:5432) names app-primary"),
    "a proxy": (
        {"proxy": [("/etc/environment (https_proxy)", "http://10.0.0.9:3128")]},
        "proxies", "SP323", "/etc/environment (https_proxy) = http://10.0.0.9:3128"),
    "a name that leads to production": (
        {"name": [("app-primary", "found", "10.0.10.5"), ("app-web", "none")]},
        "names", "SP325", "known here: app-primary is 10.0.10.5"),
    "a name that leads to an address nobody knows": (
        {"name": [("app-primary", "found", "198.51.100.7", "127.0.0.1")]},
        "names", "SP325", "known here: app-primary is 198.51.100.7"),
    "a mount from production": (
        {"mount": [("nfs4", "app-primary:/srv/uploads", "/mnt/uploads")]},
        "mounts", "SP326", "mounted from production: /mnt/uploads (nfs4 from app-primary:/srv/uploads)"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_breaks_the_proof_and_is_named(fault: str) -> None:
    records, name, code, saw = FAULTS[fault]
    proof = prove(looks_of(**records))
    assert proof.result == "broken"
    assert [(f.name, f.saw) for f in proof.structure if f.result is CheckResult.FAILED] == [(name, saw)]
    assert [(f.code, f.what, f.where) for f in proof.findings] == [
        (code, f"{name} on recovery-1: {saw}", f"recovery-1: {name}")
    ]


def test_a_key_that_production_accepts_breaks_the_proof() -> None:
    proof = prove(with_answers(looks_of(key=[("/h/.ssh/old", "0", BLOB)]), key(True, "accepted")))
    assert proof.result == "broken"
    assert fact(proof, "keys").saw == f"/h/.ssh/old ({PRINT}) opens app-primary"


def test_a_key_that_the_inventory_opens_production_with_breaks_the_proof_unasked() -> None:
    scope = replace(SCOPE, protected_keys={PRINT: "app-web"})
    proof = prove(looks_of(key=[("/h/.ssh/old", "1", BLOB)]), scope)
    assert proof.result == "broken"
    assert fact(proof, "keys").saw == f"/h/.ssh/old ({PRINT}) is the key that the inventory opens app-web with"


def test_an_agent_with_a_key_that_production_accepts_breaks_the_proof() -> None:
    proof = prove(with_answers(looks_of(agent=[("/tmp/agent", BLOB)]), key(True, "accepted")))
    assert fact(proof, "agents").saw == f"agent /tmp/agent ({PRINT}) opens app-primary"
    assert proof.result == "broken"


@pytest.mark.parametrize("saw", ["forwarded", "tried"])
@pytest.mark.parametrize("what", ["tcp:10.0.10.5:5432", "shell", "write"])
def test_a_reachable_host_that_lets_anything_on_breaks_the_proof(saw: str, what: str) -> None:
    attempts = [replace(a, saw=saw, how="it went") if a.way == what else a for a in shut()]  # type: ignore[arg-type]
    proof = prove(replace(HEALTHY_HOST, through=tuple(attempts)))
    assert proof.result == "broken"
    assert [(f.code, f.severity) for f in proof.findings] == [("SP302", "critical")]
    probe = next(p for p in proof.probes if p.via and p.how == "it went")
    assert probe.saw == ("connected" if saw == "forwarded" else "blocked")


def test_one_open_credential_among_shut_ones_is_enough() -> None:
    open_ = ThroughLook("vault", "shell", "agent /tmp/a as postgres", "forwarded", "a command of ours ran", 9.0)
    proof = prove(replace(HEALTHY_HOST, through=(*shut(), open_)))
    assert fact(proof, "way through vault").saw == "a shell with agent /tmp/a as postgres: a command of ours ran"
    assert next(p for p in proof.probes if p.to == "vault (a shell)").saw == "connected"


# -- twenty healthy variations ---------------------------------------------------------------------------------------

NO_KEY = replace(HEALTHY_HOST, credentials=(), through=())
HEALTHY: dict[str, HostLooks] = {
    "as it is": HEALTHY_HOST,
    "no default route": looks_of(route=ROUTES[1:]),
    "a summary route that the vault needs too": looks_of(route=[*ROUTES[1:], ("10.0.0.0/8 via 10.0.20.1 dev eth0",)]),
    "production's networks made unreachable": looks_of(route=[*ROUTES, ("unreachable 10.0.10.0/24 metric 4000",), ("blackhole fd00:10::/64",)]),
    "an extra interface that is down": looks_of(link=[*LINKS, ("3: eth1: <BROADCAST,MULTICAST> mtu 1500 state DOWN",)]),
    "a bridge without a carrier or an address": looks_of(link=[*LINKS, ("3: br0: <NO-CARRIER,BROADCAST,UP> mtu 1500 state DOWN",)]),
    "an address that is translated": looks_of(address=[*LO, ("2: eth0    inet 172.31.4.9/20 scope global dynamic eth0",)]),
    "a second address on its own interface": looks_of(address=[*LO, *ETH0, ("2: eth0    inet6 2001:db8::77/64 scope global temporary dynamic ",)]),
    "IPv4 only": looks_of(address=[*LO[:1], *ETH0[:1]]),
    "a failed neighbour of production": looks_of(neighbour=[("10.0.10.5 dev eth0 FAILED",), ("10.0.10.6 dev eth0 INCOMPLETE",)]),
    "a readable firewall that shuts production out": looks_of(no_firewall=[], firewall=[("ip daddr 10.0.10.5 drop",), ("ip daddr 10.0.30.5 tcp dport 22 accept",)]),
    "nft not installed": looks_of(no_firewall=[("nft is not installed",)]),
    "a restored server that listens": looks_of(socket=[("tcp", "10", "10.0.20.5", "5432", "0.0.0.0", "0"), ("tcp6", "10", "::", "22", "::", "0")]),
    "our own attempt and one that is over": looks_of(socket=[("tcp", "2", "10.0.20.5", "4", "10.0.10.5", "5432"), ("tcp", "6", "10.0.20.5", "5", "10.0.10.5", "22")]),
    "names that point at the host itself": looks_of(name=[("app-primary", "found", "10.0.20.5", "fd00:20::5"), ("app-web", "found", "127.0.1.1")]),
    "names answered by nobody": looks_of(name=[("app-primary", "no-answer"), ("app-web", "no-answer")]),
    "a .pgpass for its own server": looks_of(names_host=[(".pgpass", "/h/.pgpass", "localhost"), (".pgpass", "/h/.pgpass", "/run/postgresql")]),
    "keys that production refuses": with_answers(looks_of(key=[("/h/.ssh/vault", "0", BLOB)]), key(False), key(None, "no answer", "app-web")),
    "an agent without keys": looks_of(agent=[("/tmp/agent",)]),
    "no key at all": NO_KEY,
    "keys that the vault refuses": replace(HEALTHY_HOST, through=tuple(replace(a, saw="no-session") for a in shut())),
    "a shared list of host keys": looks_of(known=[("/etc/ssh/ssh_known_hosts", "app-primary,10.0.10.5"), ("/h/.ssh/known_hosts", hashed("vault"))]),
    "an ssh configuration for the vault": looks_of(ssh_config=[("/h/.ssh/config:1", "host", "*"), ("/h/.ssh/config:2", "host", "vault vault-files"), ("/h/.ssh/config:3", "hostname", "10.0.30.5")]),
    "a mount from the vault": looks_of(mount=[("nfs4", "vault:/srv", "/mnt")]),
    "a policy rule of its own": looks_of(rule=[*RECORDS["rule"], ("100:\tfrom 10.0.20.5 lookup 100",)]),
    "a file that this user may not read": looks_of(unreadable=[("/etc/profile.d/secret.sh", "EACCES")]),
}  # fmt: skip


@pytest.mark.parametrize("variation", HEALTHY)
def test_a_healthy_variation_is_proved_and_silent(variation: str) -> None:
    proof = prove(HEALTHY[variation])
    assert proof.findings == []
    assert proof.result == "proved"
    assert not [f for f in proof.structure if f.result is CheckResult.FAILED]


def test_there_are_at_least_twenty_healthy_variations() -> None:
    assert len(HEALTHY) >= 20


# -- seen and said, without breaking anything ------------------------------------------------------------------------


def test_a_firewall_that_cannot_be_read_is_unknown_and_never_passed() -> None:
    told = fact(prove(HEALTHY_HOST), "firewall")
    assert (told.result, told.saw) == (
        CheckResult.UNKNOWN,
        "not readable by this user (Operation not permitted (you must be root)); judged by the probes",
    )


@pytest.mark.parametrize(
    "form", ["app-primary", "10.0.10.5", "[app-primary]:2222", hashed("app-primary"), hashed("10.0.10.5")]
)
def test_the_users_own_list_of_host_keys_that_names_production_is_reported_not_failed(form: str) -> None:
    proof = prove(looks_of(known=[("/h/.ssh/known_hosts", form)]))
    assert proof.result == "proved"
    assert [(f.code, f.severity, f.what) for f in proof.findings] == [
        ("SP321", "low", "known hosts on recovery-1: the user's own list names app-primary")
    ]


def test_cloud_credentials_are_unknown_and_reported() -> None:
    proof = prove(looks_of(cloud=[("/h/.aws/credentials",)]))
    assert proof.result == "proved"
    assert [(f.code, f.severity) for f in proof.findings] == [("SP324", "medium")]
    assert fact(proof, "cloud credentials").result is CheckResult.UNKNOWN


@pytest.mark.parametrize("answers", [[], [key(None, "Connection timed out")]])
def test_a_key_that_nobody_could_ask_about_is_unknown_and_reported(answers: list[KeyAnswer]) -> None:
    proof = prove(with_answers(looks_of(key=[("/h/.ssh/old", "0", BLOB)]), *answers))
    why = answers[0].how if answers else "no witness could ask"
    assert fact(proof, "keys").result is CheckResult.UNKNOWN
    assert [(f.code, f.severity, f.what) for f in proof.findings] == [
        ("SP319", "medium", f"keys on recovery-1 could not be judged: whether production takes /h/.ssh/old ({why})")
    ]
    assert proof.result == "proved"


# -- what was not looked at ------------------------------------------------------------------------------------------

DECIDING = ("addresses", "interfaces", "routes", "open sockets", "credentials", "keys", "agents", "proxies")


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_that_was_not_looked_at_is_unknown(section: str) -> None:
    host = looks_of(looked=[(s,) for s in SECTIONS if s != section], stumbled=[(section, "ip cannot list\n")])
    proof = prove(host)
    lost = [f.name for f in proof.structure if f.saw == "not looked at (ip cannot list)"]
    assert lost
    assert all(fact(proof, name).result is CheckResult.UNKNOWN for name in lost)
    assert proof.result == ("unknown" if set(lost) & set(DECIDING) else "proved")
    assert len(proof.findings) == len(lost)


def test_a_look_that_broke_off_leaves_everything_unknown() -> None:
    proof = prove(replace(HEALTHY_HOST, records={}, records_trouble="the connection was lost"))
    assert proof.result == "unknown"
    assert fact(proof, "routes").saw == "not looked at (the connection was lost)"


def test_a_way_through_that_could_not_be_tried_leaves_it_unknown() -> None:
    proof = prove(replace(HEALTHY_HOST, through=(), through_trouble="there is no perl"))
    assert proof.result == "unknown"
    assert [(f.code, f.what) for f in proof.findings] == [
        ("SP302", "way through vault on recovery-1 could not be judged: not tried: there is no perl")
    ]


@pytest.mark.parametrize("left", [0, 3])
def test_attempts_that_are_missing_or_unclear_leave_it_unknown(left: int) -> None:
    unclear = tuple(replace(a, saw="unknown", how="status 255") if n >= left else a for n, a in enumerate(shut()))
    assert prove(replace(HEALTHY_HOST, through=unclear)).result == "unknown"
    assert prove(replace(HEALTHY_HOST, through=tuple(shut()[:left]))).result == "unknown"


# -- names and addresses as people write them ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.10.5", "10.0.10.5"),
        ("10.0.10.5:5432", "10.0.10.5"),
        ("[fd00:10:0::5]:22", "fd00:10::5"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.10.5", "10.0.10.5"),
        ("10.0.10.5/24", "10.0.10.5"),
        ('"app-primary"', "app-primary"),
    ],
)
def test_an_address_is_known_however_it_is_written(text: str, address: str) -> None:
    assert plain_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["app-primary", "APP-PRIMARY", "app-primary.example.com", "app-primary:5432", "app-primary.", "[app-primary]:22"],
)
def test_a_name_is_known_however_it_is_written(text: str) -> None:
    assert SCOPE.protected_host_of(text) == "app-primary"


def test_a_qualified_name_of_another_domain_is_another_host_where_productions_is_known() -> None:
    scope = replace(SCOPE, protected_names={"db": "db", "db.shop.example": "db", "web": "web"})
    assert [
        scope.protected_host_of(t) for t in ("db", "DB.shop.example.", "db.recovery.example", "web.any.example")
    ] == [
        "db",
        "db",
        None,
        "web",
    ]


@pytest.mark.parametrize("text", ["", "vault", "my-app-primary", "app-primary2", "10.0.10.50", "*"])
def test_another_name_is_not_productions(text: str) -> None:
    assert SCOPE.protected_host_of(text) is None


def test_a_fingerprint_is_what_ssh_keygen_prints() -> None:
    blob = "AAAAC3NzaC1lZDI1NTE5AAAAINFiIM3t6bf8C907KFIxDJ/rd0wdUyev33iy2rVaSrY5"
    assert fingerprint(blob) == "SHA256:G2edTJfiI/DcocL8cEOj5gZdjcjfqlcNwbbqHLLagys"
    assert fingerprint("not base64!") == ""


@pytest.mark.parametrize("junk", ["", "x", "2:", "default", "via via", "999.1.1.1/8 dev eth0", "\x00"])
def test_lines_that_make_no_sense_are_no_crash(junk: str) -> None:
    kinds: dict[str, Any] = {kind: [*RECORDS.get(kind, []), (junk,)] for kind in ("address", "link", "route", "rule", "neighbour", "socket", "name", "known", "key", "agent", "proxy", "mount")}  # fmt: skip
    assert prove(looks_of(**kinds)).result in ("proved", "broken", "unknown")


# -- what was seen is said -------------------------------------------------------------------------------------------

SAID: dict[str, tuple[HostLooks, str, str]] = {
    "the default routes": (looks_of(route=[*ROUTES, ("default via fe80::1 dev eth0 metric 1024",)]), "routes", "a default route for IPv4, judged by the probes; a default route for IPv6, judged by the probes"),
    "a policy rule": (looks_of(route=[], rule=[*RECORDS["rule"], ("100:\tfrom 10.0.20.5 lookup 100",)]), "routes", "a policy rule: 100: from 10.0.20.5 lookup 100"),
    "no special rule": (looks_of(route=[]), "routes", "none leads to production"),
    "what listens": (looks_of(socket=[("tcp", "10", "127.0.0.1", "6000", "0.0.0.0", "0"), ("tcp6", "10", "::", "5432", "::", "0"), ("tcp", "10", "0.0.0.0", "22", "0.0.0.0", "0"), ("tcp", "1", "10.0.20.5", "6001", "10.0.20.1", "5")]), "listening", "beyond SSH: [::]:5432"),
    "no agent": (HEALTHY_HOST, "agents", "no agent"),
    "an empty agent": (looks_of(agent=[("/tmp/a",)]), "agents", "an agent without keys"),
    "addresses": (HEALTHY_HOST, "addresses", "10.0.20.5, fd00:20::5"),
    "its interface": (HEALTHY_HOST, "interfaces", "eth0"),
    "refused keys": (with_answers(looks_of(key=[("/h/.ssh/vault", "0", BLOB)]), key(False)), "keys", "production refuses /h/.ssh/vault"),
    "the shut way": (HEALTHY_HOST, "way through vault", "forwarding, shell and writing refused for key /h/.ssh/vault as postgres"),
    "no way tried": (NO_KEY, "way through vault", "no private key and no agent here: nothing to go on with"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_what_was_seen_is_said(case: str) -> None:
    host, name, saw = SAID[case]
    assert fact(prove(host), name).saw == saw


def test_a_summary_route_is_judged_by_the_probes_when_any_reachable_host_needs_it() -> None:
    scope = replace(SCOPE, reachable_addresses=frozenset({"10.0.30.5", "192.0.2.1"}))
    proof = prove(looks_of(route=[("10.0.0.0/8 via 10.0.20.1 dev eth0",)]), scope)
    assert (
        fact(proof, "routes").saw
        == "10.0.0.0/8 leads to app-primary, app-web and to what must be reached, judged by the probes"
    )
    assert proof.result == "proved"
