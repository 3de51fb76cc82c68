"""What a proof looks at, made from the inventory."""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.core.inventory import Inventory
from stormproof.core.isolation_plan import scope_of
from stormproof.core.isolation_scope import Ask, Isolated, Scope, Through

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINFiIM3t6bf8C907KFIxDJ/rd0wdUyev33iy2rVaSrY5"


def host(environment: str, address: str, **more: Any) -> dict[str, Any]:
    return {
        "environment": environment,
        "address": address,
        "user": "postgres",
        "host_key": f"{KEY} c",
        "identity": "k",
        **more,
    }


def inventory(**changed: Any) -> Inventory:
    isolation = {
        "must_reach": ["vault:22"],
        "must_not_reach": ["app-primary:5432", "app-web:443", "outside:443"],
        "witness": {"app-primary": "vault", "app-web": "vault", "outside": "app-web"},
        **changed.pop("isolation", {}),
    }
    hosts = {
        "app-primary": host("production", "10.0.10.5", address6="fd00:10::5", port=2222),
        "app-web": host("production", "10.0.10.6"),
        "vault": host("backup", "10.0.30.5", address6="fd00:30::5"),
        "recovery-1": host("recovery", "10.0.20.5", address6="fd00:20::5", user="restore"),
        "outside": host("internet", "203.0.113.9"),
        **changed.pop("hosts", {}),
    }
    service = {
        "kind": "postgres", "host": "app-primary", "stanza": "main", "database": "shop", "port": 6432,
        "application_role": "shop_app", "password": "file:keys/shop_app", "readiness": {"write": "w", "read": "r"},
    }  # fmt: skip
    return Inventory.model_validate(
        {
            "environments": {
                "production": {"protected": True},
                "backup": {"protected": False},
                "internet": {"protected": False},
                "recovery": {"protected": False, "isolation": isolation},
                **changed.pop("environments", {}),
            },
            "hosts": {name: entry for name, entry in hosts.items() if entry},
            "services": {"orders-db": service},
            "secrets": {"source": "file:keys/"},
        }
    )


def ids(scope: Scope, **wanted: Any) -> list[str]:
    return [w.id for w in scope.ways if all(getattr(w, k) == v for k, v in wanted.items())]


def test_declared_and_undeclared_ways_of_production_are_probed_over_both_families() -> None:
    scope = scope_of(inventory(), "recovery")
    assert sorted(ids(scope, host="app-primary", expected="blocked")) == [
        "tcp:10.0.10.5:2222",
        "tcp:10.0.10.5:5432",
        "tcp:10.0.10.5:6432",
        "tcp:fd00:10::5:2222",
        "tcp:fd00:10::5:5432",
        "tcp:fd00:10::5:6432",
        "udp:10.0.10.5:53",
        "udp:fd00:10::5:53",
    ]
    assert sorted(ids(scope, host="app-web")) == ["tcp:10.0.10.6:22", "tcp:10.0.10.6:443", "udp:10.0.10.6:53"]


def test_what_must_be_reached_is_the_positive_control() -> None:
    assert ids(scope_of(inventory(), "recovery"), expected="connected") == ["tcp:10.0.30.5:22", "tcp:fd00:30::5:22"]


def test_production_is_probed_even_when_nothing_is_declared() -> None:
    scope = scope_of(inventory(isolation={"must_not_reach": []}), "recovery")
    assert ids(scope, host="app-web") == ["tcp:10.0.10.6:22", "udp:10.0.10.6:53"]
    assert ids(scope, group="internet") == ["tcp:203.0.113.9:443", "udp:203.0.113.9:53"]


def test_each_way_knows_its_witness_and_its_group() -> None:
    scope = scope_of(inventory(), "recovery")
    assert {(w.host, w.group, w.witness) for w in scope.ways} == {
        ("vault", "backup", None),
        ("app-primary", "production", "vault"),
        ("app-web", "production", "vault"),
        ("outside", "internet", "app-web"),
    }
    assert scope.must_count == ("production", "internet")


def test_udp_that_is_declared_is_probed() -> None:
    scope = scope_of(inventory(isolation={"must_not_reach": ["app-web:123/udp"]}), "recovery")
    assert "udp:10.0.10.6:123" in ids(scope, protocol="udp")


def test_an_address_that_the_inventory_knows_no_host_for_stands_for_the_internet() -> None:
    scope = scope_of(
        inventory(
            hosts={"outside": None},
            isolation={"must_not_reach": ["203.0.113.77:443"], "witness": {"203.0.113.77": "app-web"}},
        ),
        "recovery",
    )
    assert [(w.id, w.group, w.witness) for w in scope.ways if w.group == "internet"] == [
        ("tcp:203.0.113.77:443", "internet", "app-web"),
        ("udp:203.0.113.77:53", "internet", "app-web"),
    ]


def test_a_host_given_by_name_is_resolved_here_and_never_on_the_isolated_host() -> None:
    named = inventory(hosts={"app-web": host("production", "web.example.com")})
    scope = scope_of(named, "recovery", resolve={"web.example.com": ("198.51.100.6", "2001:db8::6")}.__getitem__)
    assert ids(scope, host="app-web", port=443) == ["tcp:198.51.100.6:443", "tcp:2001:db8::6:443"]
    assert scope.protected_host_of("web.example.com") == "app-web"
    assert scope.unresolved == ()


def test_a_name_that_nobody_can_resolve_is_kept_as_unresolved() -> None:
    scope = scope_of(inventory(hosts={"app-web": host("production", "web.example.com")}), "recovery")
    assert scope.unresolved == ("app-web",)


def test_reachable_hosts_are_ways_on_with_every_user_that_might_work() -> None:
    scope = scope_of(inventory(), "recovery")
    assert scope.through == (Through("vault", "10.0.30.5", 22, KEY, ("postgres", "restore")),)
    assert {w.protocol for w in scope.tried_through} == {"tcp"}
    assert {w.expected for w in scope.tried_through} == {"blocked"}


def test_a_host_of_the_environment_itself_is_no_way_on() -> None:
    scope = scope_of(inventory(isolation={"must_reach": ["vault:22", "recovery-1:22"]}), "recovery")
    assert [t.name for t in scope.through] == ["vault"]


def test_witnesses_ask_the_ssh_servers_that_they_may_reach() -> None:
    scope = scope_of(inventory(isolation={"witness": {"app-primary": "vault"}}), "recovery")
    assert scope.asks == (Ask("app-primary", "production", "10.0.10.5", 2222, "postgres", KEY, "vault"),)


def test_every_host_of_the_environment_is_looked_from() -> None:
    scope = scope_of(inventory(hosts={"recovery-2": host("recovery", "10.0.20.6")}), "recovery")
    assert scope.hosts == (Isolated("recovery-1", ("10.0.20.5", "fd00:20::5")), Isolated("recovery-2", ("10.0.20.6",)))
    assert scope.own_addresses == {"10.0.20.5", "fd00:20::5", "10.0.20.6"}


def test_a_protected_environment_without_hosts_cannot_be_asked_for() -> None:
    assert scope_of(inventory(environments={"archive": {"protected": True}}), "recovery").protected == ("production",)


@pytest.mark.parametrize("environment", ["recovery", "backup", "nowhere"])
def test_an_environment_without_rules_still_has_production_to_keep_off(environment: str) -> None:
    scope = scope_of(inventory(environments={"recovery": {"protected": False}}), environment)
    assert "tcp:10.0.10.6:22" in ids(scope, expected="blocked")


def test_no_way_is_probed_twice() -> None:
    scope = scope_of(
        inventory(isolation={"must_not_reach": ["app-primary:6432", "app-primary:6432", "app-primary:2222"]}),
        "recovery",
    )
    assert len(ids(scope)) == len(set(ids(scope)))
