"""The program declares the layers that it is told, each with its own account's provider, and imports no other."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import pytest
import stacks
from pulumi_mocks import run

from infra.context import Context
from infra.program import declare
from infra.spec.settings import Layer


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """Layers that declare nothing; which of them were declared."""
    seen: list[Context] = []

    def declare_one(context: Context) -> dict[str, Any]:
        seen.append(context)
        return {"layer": context.layer.value, "region": context.place.region}

    for layer in Layer:
        module = ModuleType(f"infra.layers.{layer.value}")
        module.declare = declare_one  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return seen


@pytest.mark.parametrize("layer", list(Layer))
def test_a_stack_declares_its_layer_and_its_outputs_stand_by_themselves(layers: list[Context], layer: Layer) -> None:
    outputs = run(lambda: declare(stacks.settings(f"prod-{layer.value}"))).outputs
    assert outputs["layer"].value == layer.value


def test_the_joined_stack_has_each_layer_s_outputs_below_its_name(layers: list[Context]) -> None:
    outputs = run(lambda: declare(stacks.settings("lab"))).outputs
    assert {name: one.value["region"] for name, one in outputs.items()} == {
        "organisation": "eu-central-1", "account": "eu-central-1", "vault": "eu-north-1", "primary": "eu-central-1",
        "recovery": "eu-west-1",
    }  # fmt: skip


@pytest.mark.usefixtures("layers")
def test_places_have_one_provider_each_bound_to_their_account() -> None:
    providers = run(lambda: declare(stacks.settings("lab"))).providers
    assert sorted(one["region"] for one in providers.values()) == ["eu-central-1", "eu-north-1", "eu-west-1"]
    (recovery,) = run(lambda: declare(stacks.settings("prod-recovery"))).providers.values()
    assert json.loads(recovery["allowedAccountIds"]) == ["444455556666"]


def test_layers_that_are_not_declared_are_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for layer in Layer:
        monkeypatch.delitem(sys.modules, f"infra.layers.{layer.value}", raising=False)

    async def program() -> dict[str, object]:
        await declare(stacks.settings("prod-vault"))
        return {"imported": [layer.value for layer in Layer if f"infra.layers.{layer.value}" in sys.modules]}

    assert run(program).outputs["imported"].value == ["vault"]
