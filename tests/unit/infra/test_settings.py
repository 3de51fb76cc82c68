"""What a stack may be told: production is never weaker by accident, and what must lie apart does."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stacks

from infra.config import BadConfiguration
from infra.naming import Place
from infra.spec.settings import Layer, Settings

ACCOUNTS = {"workload": "111122223333", "recovery": "444455556666", "vault": "777788889999"}
REGIONS = {"primary": "eu-central-1", "recovery": "eu-west-1", "vault": "eu-north-1"}


def _with(stack: str = "prod-primary", **changes: Any) -> Settings:
    return stacks.settings(stack, **changes)


@pytest.mark.parametrize("environment", ["prod", "production", "prod-eu"])
def test_production_is_never_disposable(environment: str) -> None:
    with pytest.raises(BadConfiguration, match="production is never disposable"):
        _with(environment=environment, disposable=True)


def test_only_a_disposable_stack_joins_the_layers() -> None:
    with pytest.raises(BadConfiguration, match="only a disposable stack joins all layers"):
        _with("lab", disposable=False)


@pytest.mark.parametrize(
    ("block", "overlaps"), [("10.16.0.0/16", True), ("10.16.128.0/17", True), ("10.17.0.0/16", False)]
)
def test_recovery_s_block_is_not_production_s(block: str, overlaps: bool) -> None:
    if overlaps:
        with pytest.raises(BadConfiguration, match="overlaps"):
            _with(recoveryNetwork={"cidr": block})
    else:
        assert _with(recoveryNetwork={"cidr": block}).recovery_network.cidr == block


def test_in_production_backups_lie_in_an_account_of_their_own() -> None:
    shared = ACCOUNTS | {"vault": ACCOUNTS["workload"]}
    with pytest.raises(BadConfiguration, match=r"accounts\.vault: in production"):
        _with(accounts=shared)
    assert _with(accounts=shared, environment="staging").accounts.vault == ACCOUNTS["workload"]


def test_recovery_in_production_s_account_is_asked_for_by_name() -> None:
    shared = ACCOUNTS | {"recovery": ACCOUNTS["workload"]}
    with pytest.raises(BadConfiguration, match=r"recovery\.sameAccount to true, which is weaker"):
        _with(accounts=shared)
    asked_for = json.loads(stacks.configuration("prod-primary").get("stormproof:recovery", "{}")) | {
        "sameAccount": True
    }
    assert _with(accounts=shared, recovery=asked_for).recovery.same_account


@pytest.mark.parametrize("apart", ["recovery", "vault"])
def test_what_must_survive_a_region_lies_in_another(apart: str) -> None:
    with pytest.raises(BadConfiguration, match="must survive its loss"):
        _with(regions=REGIONS | {apart: REGIONS["primary"]})


def test_allowed_regions_hold_the_ones_in_use() -> None:
    with pytest.raises(BadConfiguration, match="eu-north-1"):
        _with(regions=REGIONS | {"allowed": ["eu-central-1", "eu-west-1"]})
    allowed = ["eu-central-1", "eu-west-1", "eu-north-1", "eu-west-3"]
    assert _with(regions=REGIONS | {"allowed": allowed}).regions.all == tuple(allowed)
    assert _with(regions=REGIONS).regions.all == ("eu-central-1", "eu-west-1", "eu-north-1")


def test_guardrails_need_the_organisation_s_account() -> None:
    with pytest.raises(BadConfiguration, match=r"accounts\.organisation: is missing"):
        _with("prod-organisation", accounts=ACCOUNTS)


@pytest.mark.parametrize(
    ("layer", "place"),
    [
        (Layer.ACCOUNT, Place("111122223333", "eu-central-1")),
        (Layer.PRIMARY, Place("111122223333", "eu-central-1")),
        (Layer.RECOVERY, Place("444455556666", "eu-west-1")),
        (Layer.VAULT, Place("777788889999", "eu-north-1")),
        (Layer.ORGANISATION, Place("555566667777", "eu-central-1")),
    ],
)
def test_each_layer_has_its_place(layer: Layer, place: Place) -> None:
    assert _with().place(layer) == place


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        _with().owner = "me"  # type: ignore[misc]
