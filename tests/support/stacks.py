"""The shipped stacks (`Pulumi.*.yaml`), each run under mocks: what it declares, and the graph that rules read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from pulumi_mocks import Run, graph_of, run

from infra.config import NAMESPACE, read_settings
from infra.program import declare
from infra.spec.settings import Settings
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.stack_file import as_text
from stormproof.core.infra.stack_file import configuration as file_configuration
from stormproof.core.yaml_text import read_yaml

ROOT = Path(__file__).resolve().parents[2]
ENGINE_KEYS = ("encryptionsalt", "secretsprovider", "encryptedkey")


def names() -> list[str]:
    """`lab`, `prod-primary` …"""
    return sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))


def configuration(stack: str) -> dict[str, str]:
    """The file's configuration as Pulumi hands it to a program: objects and lists as JSON text."""
    text = read_yaml((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"), file=f"Pulumi.{stack}.yaml")
    assert not set(text.data) & set(ENGINE_KEYS), f"Pulumi.{stack}.yaml carries what the engine wrote for one user"
    return file_configuration(text)


def settings(stack: str, **changes: object) -> Settings:
    """Its settings. `changes`: keys of the configuration below `stormproof:`, camelCase, as YAML holds them."""
    changed = {f"{NAMESPACE}:{key}": as_text(value) for key, value in changes.items()}
    return read_settings(configuration(stack) | changed, stack=stack)


@cache
def stack(name: str, *, preview: bool = True) -> Run:
    """What it declares, as the preview of an empty stack sees it, or with every value known."""
    chosen = settings(name)
    for layer in chosen.layers:  # here, and not anew in each child: importing what a layer needs takes seconds
        import_module(f"infra.layers.{layer.value}")
    return run(lambda: declare(chosen), stack_name=name, preview=preview)


def graph(name: str, *, preview: bool = True) -> ResourceGraph:
    """For rules: with the settings that a policy pack is handed."""
    values: Mapping[str, str] = {key.partition(":")[2]: text for key, text in configuration(name).items()}
    return graph_of(stack(name, preview=preview).declared, layer=values["layer"], values=dict(values))
