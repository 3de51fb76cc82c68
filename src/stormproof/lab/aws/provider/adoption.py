"""Reading a resource that the state does not have: imported or looked up by its id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stormproof.lab.aws.provider.absence import Gone
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.lifecycle import Lifecycle, Resource
from stormproof.lab.aws.provider.naming import properties_of_id
from stormproof.lab.aws.provider.tables import kind_of


def adopt(lifecycle: Lifecycle, catalogue: Catalogue, resource: Resource) -> dict[str, Any]:
    """What the emulator tells of it: properties that looks compare, and outputs. Raises Gone.

    Only what a table's looks show can be told; a program that imports must declare the rest itself.
    """
    kind = kind_of(resource.token)
    if kind is None or kind.absent or not kind.looks:
        raise Gone(f"{resource.token} is not emulated: there is nothing to import")
    declared = catalogue.resource(resource.token)
    named = {**properties_of_id(kind, resource.id), **resource.inputs}
    told = lifecycle.tell(replace(resource, inputs=named, outputs={**resource.outputs, **named}))
    known = declared.outputs | frozenset(declared.inputs) if declared is not None else frozenset()
    return {name: value for name, value in {**named, **told}.items() if name in known and value is not None}
