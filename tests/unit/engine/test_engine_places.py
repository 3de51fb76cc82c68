"""Where a run may act: never on production in a drill, whatever name it has there."""

from __future__ import annotations

from typing import Any

import pytest
from engine_support import Bench, a_book, add, entry, inventory

from stormproof.core.errors import Refused
from stormproof.core.run_state import RunState
from stormproof.engine.places import is_protected, refuse_protected, service_name, target_name


def test_the_target_is_the_host_of_the_environment_with_that_role() -> None:
    assert target_name(inventory(), role="primary", environment="production", mode="outage") == "app-primary"


def test_the_only_host_of_an_environment_without_roles_plays_every_role() -> None:
    assert target_name(inventory(), role="primary", environment="recovery", mode="drill") == "recovery-1"


def test_a_drill_never_targets_a_protected_environment() -> None:
    with pytest.raises(Refused) as refused:
        target_name(inventory(), role="primary", environment="production", mode="drill")
    assert str(refused.value) == (
        "error SP242: a drill may not reach 'app-primary': 10.0.10.5 belongs to a protected environment\n"
        "  where: inventory, hosts.app-primary\n"
        "  fix:   run the drill in an isolated environment; only --mode outage acts on protected hosts"
    )


def test_a_productions_address_under_another_name_is_refused_too() -> None:
    facts = inventory()
    facts.hosts["recovery-1"] = entry("recovery", "10.0.10.5")
    assert is_protected(facts, "recovery-1")
    with pytest.raises(Refused):
        target_name(facts, role="primary", environment="recovery", mode="drill")


def test_several_hosts_of_one_role_are_refused() -> None:
    facts = inventory()
    facts.hosts["recovery-2"] = entry("recovery", "10.0.40.6")
    with pytest.raises(Refused) as refused:
        target_name(facts, role="primary", environment="recovery", mode="drill")
    assert refused.value.what == ("environment 'recovery' has several hosts for role 'primary': recovery-1, recovery-2")


def test_a_role_that_nobody_plays_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        target_name(inventory(), role="witness", environment="production", mode="outage")
    assert refused.value.what == "environment 'production' has no host for role 'witness'"


def test_other_hosts_are_reached_by_name_unless_protected_in_a_drill() -> None:
    refuse_protected(inventory(), "vault", mode="drill")
    refuse_protected(inventory(), "app-primary", mode="outage")
    for host in ("app-primary", "nobody"):
        with pytest.raises(Refused):
            refuse_protected(inventory(), host, mode="drill")


def test_a_step_gets_no_connection_to_what_it_may_not_reach() -> None:
    for ask in (lambda c: c.target("nobody"), lambda c: c.host("app-primary")):
        bench = Bench(a_book(), environment="production")
        add(bench.book, "a", ask)
        outcome = bench.run()
        assert (outcome.state, bench.hosts.asked) == (RunState.UNDONE, [])
        assert isinstance(outcome.error, Refused)


def test_the_service_of_a_kind_is_the_runs_own_or_its_one_part() -> None:
    assert service_name(inventory(), service="orders-db", kind="postgres") == "orders-db"
    assert service_name(inventory(), service="shop", kind="files") == "uploads"


def test_a_service_without_such_a_part_or_with_several_is_refused() -> None:
    facts: Any = inventory()
    with pytest.raises(Refused):
        service_name(facts, service="uploads", kind="postgres")
    facts.services["shop"].made_of.append("shop")
    facts.services["more"] = facts.services["orders-db"]
    facts.services["shop"].made_of.append("more")
    with pytest.raises(Refused) as refused:
        service_name(facts, service="shop", kind="postgres")
    assert refused.value.what == "service 'shop' has several parts of kind 'postgres'"


def test_an_unknown_service_is_named_with_those_there_are() -> None:
    with pytest.raises(Refused) as refused:
        service_name(inventory(), service="shopp", kind="postgres")
    assert (refused.value.what, refused.value.fix) == (
        "service 'shopp' is not in the inventory",
        "use one of: orders-db, shop, uploads",
    )
