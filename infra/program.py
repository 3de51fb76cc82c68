"""The whole program: settings in, the declared layers out."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pulumi_aws as aws
from pulumi.runtime import get_root_resource

from infra.context import Context
from infra.naming import Place
from infra.providers import provider
from infra.spec.settings import Settings

TURNS = 20  # of the event loop: a registration takes some ten from its resource to the engine


async def declare(settings: Settings) -> dict[str, Any]:
    """Declares every layer of the stack. Outputs: layer -> its outputs; one layer's stand by themselves.

    A layer's module is imported only when it is declared: importing all of pulumi_aws takes seconds. The engine is told of
    the providers before that, and of each layer before the next, so that it works beside us: it starts a provider's
    process only once it hears of one.
    """
    contexts = _contexts(settings)
    root = get_root_resource()
    if root is not None:
        await root.urn.future()  # everything else is told as a part of it
    await _tell()
    outputs: dict[str, Any] = {}
    for context in contexts:
        layer = context.layer.value
        outputs[layer] = import_module(f"infra.layers.{layer}").declare(context)
        await _tell()
    return outputs if len(outputs) > 1 else next(iter(outputs.values()))


def _contexts(settings: Settings) -> list[Context]:
    """One for each layer; each place's provider is declared once."""
    providers: dict[Place, aws.Provider] = {}
    contexts = []
    for layer in settings.layers:
        place = settings.place(layer)
        if place not in providers:
            providers[place] = provider(f"{place.account}-{place.region}", place, settings)
        contexts.append(Context(settings, layer, settings.names, place, providers[place]))
    return contexts


async def _tell() -> None:
    """Let what was declared reach the engine. Nothing of it is waited for."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
