"""A key for each purpose: rotated, kept, and useless before its policy holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.components.keys import Keys, NoSuchKey
from infra.components.log_group import log_group
from infra.spec.key_table import layer_keys
from infra.spec.settings import Layer
from tests.support.infra_components import broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, declared

KEY, POLICY, ALIAS = "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "aws:kms/alias:Alias"
LAYERS = [Layer.ACCOUNT, Layer.PRIMARY, Layer.RECOVERY, Layer.VAULT]


def _seen(layer: Layer = Layer.PRIMARY, also: Callable[[Keys], Any] = lambda keys: None) -> list[Declared]:
    def program() -> None:
        here = context(layer)
        also(Keys("keys", here, layer_keys(here.settings, layer)))

    return declared(program)


def test_each_data_class_of_the_service_has_a_key_and_an_alias_that_names_it() -> None:
    seen = _seen()
    assert [one.inputs["name"] for one in of(seen, ALIAS)] == [
        f"alias/shop-prod-{one}" for one in ("internal", "confidential", "restricted", "backup")
    ]
    assert [one.inputs["tags"]["data-class"] for one in of(seen, KEY)] == [
        "internal", "confidential", "restricted", "restricted",
    ]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_every_key_rotates_and_can_be_taken_back_for_thirty_days(layer: Layer) -> None:
    for key in of(_seen(layer), KEY):
        assert (key.inputs["enableKeyRotation"], key.inputs["rotationPeriodInDays"]) == (True, 365)
        assert key.inputs["deletionWindowInDays"] == 30
        assert key.inputs["multiRegion"] is False


def test_purposes_are_one_of_a_kind_over_all_layers_so_that_one_account_can_hold_them() -> None:
    purposes = [one.purpose for layer in LAYERS for one in layer_keys(context().settings, layer)]
    assert len(set(purposes)) == len(purposes)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_policy_is_declared_apart_and_the_key_has_none_inline(layer: Layer) -> None:
    seen = _seen(layer)
    assert len(of(seen, POLICY)) == len(of(seen, KEY))
    assert all("policy" not in key.inputs for key in of(seen, KEY))


@pytest.mark.parametrize("layer", LAYERS)
def test_the_rules_are_silent_on_the_keys_of_every_layer(layer: Layer) -> None:
    assert broken_rules(_seen(layer)) == {}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"enableKeyRotation": False}, "kms-rotation"),
        ({"deletionWindowInDays": 7}, "kms-deletion-window"),
        ({"policy": "{}"}, "declared-in-one-form"),
    ],
)
def test_a_weakened_key_breaks_a_rule(changes: dict[str, Any], rule: str) -> None:
    assert rule in broken_rules(weakened(_seen(), KEY, **changes))


def test_an_unknown_purpose_is_refused_by_name() -> None:
    with pytest.raises(NoSuchKey, match="no key for 'secret'; there are backup, confidential, internal, restricted"):
        _seen(also=lambda keys: keys.arn("secret"))


def test_keys_are_kept_and_their_policies_and_aliases_protected() -> None:
    seen = _seen()
    assert all((one.protect, one.retain) == (True, True) for one in of(seen, KEY))
    assert all(one.protect for one in [*of(seen, POLICY), *of(seen, ALIAS)])
    assert broken_rules(seen, but=()) == {}


def test_whoever_takes_a_key_waits_for_its_policy() -> None:
    def program() -> None:
        here = context(Layer.PRIMARY)
        keys = Keys("keys", here, layer_keys(here.settings, Layer.PRIMARY))
        log_group(keys, here, "shop", keys.arn("internal"))

    seen = declared(program, preview=True)
    [group] = of(seen, "aws:cloudwatch/logGroup:LogGroup")
    behind = {urn.rpartition("::")[2] for urn in group.depends["kmsKeyId"]}
    assert behind == {"keys-internal", "keys-internal-policy"}
    assert broken_rules(seen, but=()) == {}
