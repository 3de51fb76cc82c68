"""The whole program: settings in, the declared layers out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pulumi_aws as aws

from infra.context import Context
from infra.naming import Place
from infra.providers import provider
from infra.spec.settings import Settings


def declare(settings: Settings) -> dict[str, Any]:
    """Declares every layer of the stack. Outputs: layer -> its outputs; one layer's stand by themselves.

    A layer's module is imported only when it is declared: importing all of pulumi_aws takes seconds.
    """
    providers: dict[Place, aws.Provider] = {}
    outputs: dict[str, Any] = {}
    for layer in settings.layers:
        place = settings.place(layer)
        if place not in providers:
            providers[place] = provider(f"{place.account}-{place.region}", place, settings)
        context = Context(settings, layer, settings.names, place, providers[place])
        outputs[layer.value] = import_module(f"infra.layers.{layer.value}").declare(context)
    return outputs if len(outputs) > 1 else next(iter(outputs.values()))
