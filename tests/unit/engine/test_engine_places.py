"""Where a run may act: never on production in a drill, whatever name it has there."""

from __future__ import annotations

import pytest
from engine_support import Bench, a_book, add
from spec_samples import INVENTORY, inventory

from stormproof.core.errors import Refused
from stormproof.core.inventory import Inventory
from stormproof.core.run_state import RunState
from stormproof.engine.places import refuse_protected, service_name, target_name

RECOVERY = "recovery-1: {environment: recovery, address: 10.0.40.5"


def changed(old: str, new: str) -> Inventory:
    assert old in INVENTORY
    return inventory(lab=False, text=INVENTORY.replace(old, new))


def target(role: str, environment: str, mode: str = "drill", facts: Inventory | None = None) -> str:
    return target_name(facts or inventory(lab=False), role=role, environment=environment, mode=mode, service="shop")


def test_the_target_is_the_host_of_the_environment_with_that_role() -> None:
    assert target("application", "production", "outage") == "app-web"


def test_the_primary_is_where_the_service_lives_in_this_environment() -> None:
    assert target("primary", "production", "outage") == "app-primary"


def test_a_host_that_was_given_the_role_of_the_primary_comes_first() -> None:
    assert target("primary", "production", "outage", changed("roles: [application]", "roles: [primary]")) == "app-web"


def test_the_only_host_of_an_environment_without_roles_plays_every_role() -> None:
    assert target("primary", "recovery") == "recovery-1"


def test_a_drill_never_targets_a_protected_environment() -> None:
    with pytest.raises(Refused) as refused:
        target("primary", "production")
    assert str(refused.value) == (
        "error SP242: a drill may not reach 'app-primary': it has an address of a protected environment\n"
        "  where: inventory, hosts.app-primary\n"
        "  fix:   run the drill in an isolated environment; only --mode outage acts on protected hosts"
    )


@pytest.mark.parametrize("shared", [{"address": "10.0.10.5"}, {"address6": "fd00::5"}, {"address": "fd00::5"}], ids=str)
def test_a_productions_address_under_another_name_is_refused_too(shared: dict[str, str]) -> None:
    facts = changed("address: 10.0.10.6", "address: 10.0.10.6, address6: 'fd00::5'")
    # Reading an inventory refuses this; what holds the drill back must not lean on that.
    hosts = {**facts.hosts, "recovery-1": facts.hosts["recovery-1"].model_copy(update=shared)}
    with pytest.raises(Refused) as refused:
        target("primary", "recovery", facts=facts.model_copy(update={"hosts": hosts}))
    assert refused.value.code == "SP242"


def test_several_hosts_of_one_role_are_refused() -> None:
    facts = changed(RECOVERY, RECOVERY.replace("recovery-1", "recovery-2").replace("40.5", "40.6") + ", user: postgres,"
                    " host_key: ssh-ed25519 AAAA, identity: ~/.ssh/r}\n  " + RECOVERY)  # fmt: skip
    with pytest.raises(Refused) as refused:
        target("primary", "recovery", facts=facts)
    assert refused.value.what == "environment 'recovery' has several hosts for role 'primary': recovery-1, recovery-2"


def test_a_role_that_nobody_plays_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        target("witness", "production", "outage")
    assert refused.value.what == "environment 'production' has no host for role 'witness'"


def test_other_hosts_are_reached_by_name_unless_protected_in_a_drill() -> None:
    facts = inventory(lab=False)
    refuse_protected(facts, "vault", mode="drill")
    refuse_protected(facts, "app-primary", mode="outage")
    for host in ("app-primary", "nobody"):
        with pytest.raises(Refused):
            refuse_protected(facts, host, mode="drill")


def test_a_drill_in_a_protected_or_unknown_environment_is_refused_before_its_first_step() -> None:
    for environment, what in (
        ("production", "a drill may not act in 'production': it is a protected environment"),
        ("staging", "environment 'staging' is not in the inventory"),
    ):
        bench = Bench(a_book(), environment=environment)
        add(bench.book, "a")
        with pytest.raises(Refused) as refused:
            bench.run()
        assert (refused.value.what, bench.moves()) == (what, [])


def test_a_step_gets_no_connection_to_what_it_may_not_reach() -> None:
    for ask in (lambda c: c.host("nobody"), lambda c: c.host("app-primary"), lambda c: c.host("app-web")):
        bench = Bench(a_book())
        add(bench.book, "a", ask)
        outcome = bench.run()
        assert (outcome.state, bench.hosts.asked) == (RunState.UNDONE, [])
        assert isinstance(outcome.error, Refused)


def test_the_service_of_a_kind_is_the_runs_own_or_its_one_part() -> None:
    facts = inventory(lab=False)
    assert service_name(facts, service="orders-db", kind="postgres") == "orders-db"
    assert service_name(facts, service="shop", kind="files") == "uploads"
    assert service_name(facts, service="shop", kind="application") == "shop"


def test_a_service_without_such_a_part_or_with_several_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        service_name(inventory(lab=False), service="uploads", kind="postgres")
    assert refused.value.what == "service 'uploads' has no part of kind 'postgres'"
    more = "  more: {kind: files, host: app-primary, path: /srv/more, repository: more}\n  shop:"
    facts = inventory(
        lab=False, text=INVENTORY.replace("  shop:", more).replace("[orders-db, uploads]", "[uploads, more]")
    )
    with pytest.raises(Refused) as refused:
        service_name(facts, service="shop", kind="files")
    assert refused.value.what == "service 'shop' has several parts of kind 'files'"


def test_an_unknown_service_is_named_with_those_there_are() -> None:
    with pytest.raises(Refused) as refused:
        service_name(inventory(lab=False), service="shopp", kind="postgres")
    assert (refused.value.what, refused.value.fix) == (
        "service 'shopp' is not in the inventory",
        "use one of: orders-db, shop, uploads",
    )
