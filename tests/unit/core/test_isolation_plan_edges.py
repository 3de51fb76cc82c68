"""Borders of what is looked at: names that stand for the internet, short names, ports that are always SSH's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from isolation_records import SCOPE
from test_isolation_plan import host, ids, inventory

from stormproof.core.isolation_plan import scope_of


@pytest.mark.parametrize(
    ("name", "environment", "internet"),
    [
        ("gateway", "internet", True),
        ("gateway", "outside", True),
        ("outside", "misc", True),
        ("internet", "misc", True),
        ("gateway", "misc", False),
    ],
)
def test_a_host_stands_for_the_internet_by_its_own_name_or_by_its_environments(
    name: str, environment: str, internet: bool
) -> None:
    hosts = {"outside": None, name: host(environment, "203.0.113.77")}
    environments = {"outside": {"protected": False}, "misc": {"protected": False}}
    isolation = {"must_not_reach": ["app-web:443"], "witness": {}}
    scope = scope_of(inventory(hosts=hosts, environments=environments, isolation=isolation), "recovery")
    assert ids(scope, host=name) == (["tcp:203.0.113.77:443", "udp:203.0.113.77:53"] if internet else [])
    assert {(w.group, w.expected) for w in scope.ways if w.host == name} == ({("internet", "blocked")} if internet else set())  # fmt: skip


def test_ssh_is_expected_on_its_usual_port_whatever_the_hosts_use() -> None:
    ported = {name: host("backup", "10.0.30.5", port=2200) for name in ("vault",)}
    ported |= {name: host("production", address, port=2200) for name, address in (("app-primary", "10.0.10.5"), ("app-web", "10.0.10.6"))}  # fmt: skip
    ported |= {name: host("recovery", "10.0.20.5", port=2200) for name in ("recovery-1",)} | {"outside": None}
    scope = scope_of(inventory(hosts=ported, isolation={"must_not_reach": [], "witness": {}}), "recovery")
    assert scope.ssh_ports == {22, 2200}


def test_a_host_that_is_given_by_a_qualified_name_is_known_by_it_whole_and_in_short() -> None:
    named = inventory(hosts={"app-web": host("production", "Web.Example.com")})
    scope = scope_of(named, "recovery", resolve=lambda name: ("198.51.100.6",))
    assert set(scope.protected_names) == {"app-primary", "app-web", "web.example.com", "web"}
    assert scope.protected_host_of("web") == "app-web"


def test_a_whole_qualified_name_means_the_host_that_is_given_by_it_before_one_of_its_short_name() -> None:
    scope = replace(SCOPE, protected_names={"db": "db-1", "db.shop.example": "db-2"})
    assert [scope.protected_host_of(name) for name in ("db", "db.shop.example")] == ["db-1", "db-2"]
