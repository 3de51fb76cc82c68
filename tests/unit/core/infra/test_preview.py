"""A preview's JSON as a graph: sentinels are unknown, secrets are opened or unknown, regions come from providers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stormproof.core.errors import SpecInvalid
from stormproof.core.infra.preview import SEALED, SIGNATURE, UNKNOWN_SENTINELS, plain, read_preview, read_state
from stormproof.core.infra.resource_graph import UNKNOWN

PROVIDER = "urn:pulumi:prod::acme::pulumi:providers:aws::frankfurt"


def _state(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:prod::acme::{kind}::{name}", "type": kind, "custom": True, "inputs": {}, **more}


def _preview(*states: dict[str, Any], config: dict[str, str] | None = None) -> str:
    return json.dumps({"config": config or {}, "steps": [{"op": "create", "newState": state} for state in states]})


BUCKET = _state(
    "aws:s3/bucket:Bucket",
    "logs",
    inputs={"bucket": "logs"},
    provider=f"{PROVIDER}::0",
    protect=True,
    retainOnDelete=True,
)


def test_a_resource_with_its_options_and_its_provider_s_region() -> None:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:aws", "inputs": {"region": "eu-central-1"}}
    (bucket,) = read_preview(_preview(provider, BUCKET), file="p.json")
    assert (bucket.name, bucket.region, bucket.protect, bucket.retain) == ("logs", "eu-central-1", True, True)


def test_a_resource_s_own_region_comes_before_its_provider_s() -> None:
    provider = {"urn": PROVIDER, "type": "pulumi:providers:aws", "inputs": {"region": "eu-central-1"}}
    state = {**BUCKET, "inputs": {"bucket": "logs", "region": "eu-west-1"}}
    assert [one.region for one in read_preview(_preview(provider, state), file="p.json")] == ["eu-west-1"]


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_sentinel_is_unknown_however_deep(sentinel: str) -> None:
    assert plain({"a": [{"b": sentinel}]}) == {"a": [{"b": UNKNOWN}]}


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ({SIGNATURE: SEALED, "plaintext": '"s3cret"'}, "s3cret"),
        ({SIGNATURE: SEALED, "value": {"a": 1}}, {"a": 1}),
        ({SIGNATURE: SEALED, "ciphertext": "v1:x"}, UNKNOWN),
        ({SIGNATURE: SEALED, "plaintext": "{broken"}, UNKNOWN),
    ],
)
def test_a_secret_is_opened_or_unknown_and_never_absent(wire: dict[str, Any], value: object) -> None:
    assert plain(wire) == value


@pytest.mark.parametrize(
    ("wire", "value"), [(443.0, "443"), (0.5, "0.5"), (7, "7"), (True, "True"), (float("inf"), "inf")]
)
def test_a_whole_number_is_an_integer_though_the_wire_knows_floating_ones_alone(wire: object, value: str) -> None:
    assert str(plain({"a": [wire]})["a"][0]) == value


def test_what_is_deleted_is_not_in_the_graph() -> None:
    text = json.dumps({"steps": [{"op": "delete", "oldState": BUCKET, "newState": None}]})
    assert len(read_preview(text, file="p.json")) == 0


def test_a_stack_says_which_layer_it_declares() -> None:
    assert read_preview(_preview(config={"stormproof:layer": "account"}), file="p.json").layer == "account"


def test_known_outputs_are_properties_and_unknown_ones_do_not_hide_inputs() -> None:
    state = {**BUCKET, "outputs": {"arn": "arn:aws:s3:::logs", "bucket": next(iter(UNKNOWN_SENTINELS))}}
    (bucket,) = read_preview(_preview(state), file="p.json")
    assert (bucket.get("arn"), bucket.get("bucket")) == ("arn:aws:s3:::logs", "logs")


def test_an_exported_state_is_read_as_well() -> None:
    text = json.dumps({"version": 3, "deployment": {"resources": [BUCKET]}})
    assert [one.name for one in read_state(text, file="s.json")] == ["logs"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"steps": 3}', "not json"])
def test_what_is_no_preview_is_refused_with_the_command_that_makes_one(text: str) -> None:
    with pytest.raises(SpecInvalid) as refused:
        read_preview(text, file="p.json")
    assert "p.json" in refused.value.what
    assert "pulumi preview --json" in refused.value.fix


WRONG_STATES: list[Any] = [
    3, None, {}, {"urn": "u"}, {"urn": 3, "type": "t"}, {"urn": "u", "type": "t", "inputs": [1]},
    {"urn": "u", "type": "t", "outputs": "x"}, {"urn": "u", "type": "t", "propertyDependencies": {"a": 3}},
    {"urn": "u", "type": "t", "dependencies": 3},
]  # fmt: skip


@pytest.mark.parametrize("state", WRONG_STATES, ids=str)
def test_a_state_with_a_resource_that_cannot_be_read_is_refused(state: Any) -> None:
    with pytest.raises(SpecInvalid, match="resource 2 ") as refused:
        read_state(json.dumps({"deployment": {"resources": [BUCKET, state]}}), file="s.json")
    assert "pulumi stack export" in refused.value.fix


@pytest.mark.parametrize("step", [3, None, {}, {"newState": BUCKET}, {"op": "create", "newState": 3}], ids=str)
def test_a_preview_with_a_step_that_cannot_be_read_is_refused(step: Any) -> None:
    """It was left out, and what was left out is asked of no rule."""
    with pytest.raises(SpecInvalid, match="cannot be read as a program"):
        read_preview(json.dumps({"steps": [step]}), file="p.json")


def test_a_step_that_deletes_has_no_new_state() -> None:
    text = json.dumps({"steps": [{"op": "delete", "urn": "u"}, {"op": "delete", "newState": None}]})
    assert len(list(read_preview(text, file="p.json"))) == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json"])
def test_what_is_no_state_is_refused_with_the_command_that_makes_one(text: str) -> None:
    with pytest.raises(SpecInvalid) as refused:
        read_state(text, file="s.json")
    assert "pulumi stack export" in refused.value.fix
