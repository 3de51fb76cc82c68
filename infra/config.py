"""Reads a stack's configuration, once. A mistake names the key, the file and what to write instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from infra.spec.settings import Layer, Settings

NAMESPACE = "stormproof"
ALL_LAYERS = "all"


class BadConfiguration(ValueError):
    """The stack's configuration cannot be used. The message lists every mistake, for a person."""


def read_settings(values: Mapping[str, str], *, stack: str) -> Settings:
    """Settings from the raw configuration of a stack.

    Args:
        values: `stormproof:KEY` -> text, as Pulumi hands it to a program: JSON where the value is no plain text.
        stack: for messages.

    Raises: BadConfiguration.
    """
    given: dict[str, Any] = {}
    for key, text in values.items():
        space, _, name = key.partition(":")
        if space == NAMESPACE:
            given[name] = _value(text)
    given["layers"] = _layers(given.pop("layer", None), stack)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise BadConfiguration(_told(error, stack)) from None


def _value(text: str) -> Any:
    """Pulumi gives objects, lists, booleans and numbers as JSON. Digits alone stay text: account ids are no numbers."""
    if text[:1] in ("{", "[") or text in ("true", "false"):
        return json.loads(text)
    return text


def _layers(given: object, stack: str) -> list[Layer]:
    if given == ALL_LAYERS:
        return list(Layer)
    try:
        return [Layer(str(given))]
    except ValueError:
        known = ", ".join([*Layer, ALL_LAYERS])
        raise BadConfiguration(
            f"Pulumi.{stack}.yaml: stormproof:layer is {given!r}; one of {known}\n"
            f"  pulumi config set stormproof:layer primary --stack {stack}"
        ) from None


def _told(error: ValidationError, stack: str) -> str:
    lines = [f"Pulumi.{stack}.yaml: the configuration cannot be used"]
    for one in error.errors():
        path = [str(step) if isinstance(step, int) else to_camel(step) for step in one["loc"]]
        key = f"{NAMESPACE}:{'.'.join(path)}" if path else NAMESPACE
        said = one["msg"].removeprefix("Value error, ")
        fix = "" if one["type"] != "missing" else f"; pulumi config set --path '{key}' VALUE --stack {stack}"
        lines.append(f"  {key}: {said}{fix}")
    return "\n".join(lines)
