"""The configuration is read once; each mistake names the key, the file and what to write instead."""

from __future__ import annotations

import pytest
import stacks

from infra.config import BadConfiguration, read_settings
from infra.spec.settings import Layer


def _refused(**changes: str | None) -> str:
    """The message for the shipped primary stack with keys changed; None: left out."""
    values = stacks.configuration("prod-primary")
    for key, text in changes.items():
        if text is None:
            del values[f"stormproof:{key}"]
        else:
            values[f"stormproof:{key}"] = text
    with pytest.raises(BadConfiguration) as caught:
        read_settings(values, stack="prod-primary")
    said = str(caught.value)
    assert "Pulumi.prod-primary.yaml" in said
    return said


@pytest.mark.parametrize("name", stacks.names())
def test_each_shipped_stack_can_be_read(name: str) -> None:
    assert stacks.settings(name).project == "shop"


def test_a_layer_is_one_or_all() -> None:
    assert stacks.settings("prod-vault").layers == (Layer.VAULT,)
    assert stacks.settings("lab").layers == tuple(Layer)


def test_other_programs_keys_are_left_alone() -> None:
    values = stacks.configuration("prod-primary") | {"aws:region": "eu-central-1", "other:thing": "{"}
    assert read_settings(values, stack="prod-primary") == stacks.settings("prod-primary")


@pytest.mark.parametrize(
    ("changes", "said", "fix"),
    [
        ({"owner": None}, "stormproof:owner: is missing", "pulumi config set 'stormproof:owner' VALUE --stack prod-primary"),
        ({"layer": None}, "stormproof:layer: is missing", "pulumi config set stormproof:layer primary"),
        ({"layer": "primry"}, "stormproof:layer: is 'primry'", "one of organisation, account, vault, primary, recovery, all"),
        ({"oner": "me"}, "stormproof:oner: is no setting", "did you mean owner?"),
        ({"accounts": "{oops"}, "stormproof:accounts: is no JSON", "--path"),
        (
            {"accounts": '{"recovery": "444455556666", "vault": "777788889999"}'},
            "stormproof:accounts.workload: is missing",
            "pulumi config set --path 'stormproof:accounts.workload' VALUE",
        ),
        (
            {"accounts": '{"workload": 111122223333, "recovery": "444455556666", "vault": "777788889999"}'},
            "stormproof:accounts.workload: 111122223333 is a number",
            'write "111122223333", in quotation marks',
        ),
        (
            {"accounts": '{"workload": "1111", "recovery": "444455556666", "vault": "777788889999"}'},
            "stormproof:accounts.workload: '1111'",
            "twelve digits",
        ),
        ({"network": '{"cidr": "10.16.0.0/16", "zone": ["a"]}'}, "stormproof:network.zone: is no setting", "did you mean zones?"),
        ({"network": '{"cidr": "10.16.0.0/16", "zones": ["A", "b"]}'}, "stormproof:network.zones[0]", ""),
        ({"network": '{"cidr": "8.8.0.0/16"}'}, "stormproof:network.cidr", "choose one within 10.0.0.0/8"),
        ({"disposable": "yes, please"}, "stormproof:disposable: is 'yes, please'", "write true or false"),
        ({"disposable": "true"}, "stormproof:disposable: production is never disposable", "leave it out"),
        ({"recoveryNetwork": '{"cidr": "10.16.0.0/16"}'}, "stormproof:recoveryNetwork: 10.16.0.0/16 overlaps", "another block"),
        ({"layer": "all"}, "stormproof:layer: only a disposable stack", "choose one of"),
    ],
)  # fmt: skip
def test_a_mistake_names_key_and_fix(changes: dict[str, str | None], said: str, fix: str) -> None:
    message = _refused(**changes)
    assert said in message
    assert fix in message


def test_every_mistake_is_told_at_once() -> None:
    message = _refused(owner=None, project="Shop", securityContact="nobody")
    for key in ("owner", "project", "securityContact"):
        assert f"stormproof:{key}" in message


def test_a_stack_without_any_setting_is_shown_where_to_begin() -> None:
    with pytest.raises(BadConfiguration, match="take a shipped stack as a pattern"):
        read_settings({"aws:region": "eu-central-1"}, stack="new")
