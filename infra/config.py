"""Reads a stack's configuration, once. A mistake names the key, the file and what to write instead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from infra.spec.settings import Layer, Settings

NAMESPACE = "stormproof"
ALL_LAYERS = "all"


class BadConfiguration(ValueError):
    """The stack's configuration cannot be used. The message lists every mistake, for a person."""


def read_settings(values: Mapping[str, str], *, stack: str) -> Settings:
    """Settings from the raw configuration of a stack.

    Args:
        values: `stormproof:KEY` -> text, as Pulumi hands it to a program: JSON where the value is no plain text. Other
            programs' keys are left alone.
        stack: its name, for messages.

    Raises: BadConfiguration.
    """
    given: dict[str, Any] = {}
    for key, text in values.items():
        space, _, name = key.partition(":")
        if space == NAMESPACE:
            given[name] = _value(key, text, stack)
    if not given:
        raise BadConfiguration(
            f"Pulumi.{stack}.yaml: holds no `{NAMESPACE}:` setting\n"
            f"  take a shipped stack as a pattern (Pulumi.prod-primary.yaml); docs/infra.md says what each setting does"
        )
    given["layers"] = _layers(given.pop("layer", None), stack)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise BadConfiguration(_told(error, stack)) from None


def _value(key: str, text: str, stack: str) -> Any:
    """Pulumi gives objects and lists as JSON. All else stays text, which pydantic reads as the spec's field asks for."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadConfiguration(
            f"Pulumi.{stack}.yaml: {key}: is no JSON: {error}\n  write it as YAML into the file, or set it by --path"
        ) from None


def _layers(given: object, stack: str) -> list[Layer]:
    if given == ALL_LAYERS:
        return list(Layer)
    try:
        return [Layer(str(given))]
    except ValueError:
        known = ", ".join([*Layer, ALL_LAYERS])
        said = "is missing" if given is None else f"is {given!r}"
        raise BadConfiguration(
            f"Pulumi.{stack}.yaml: {NAMESPACE}:layer {said}; one of {known}\n"
            f"  pulumi config set {NAMESPACE}:layer primary --stack {stack}"
        ) from None


def _told(error: ValidationError, stack: str) -> str:
    lines = [f"Pulumi.{stack}.yaml: the configuration cannot be used"]
    for one in error.errors():
        said, fix = _words(one, stack)
        if not one["loc"]:  # said of the whole: the message names its key itself
            lines.append(f"  {NAMESPACE}:{said}")
            continue
        lines.append(f"  {_key(one['loc'])}: {said}" + (f"\n    {fix}" if fix else ""))
    return "\n".join(lines)


def _words(one: ErrorDetails, stack: str) -> tuple[str, str]:
    """What is wrong, and what to write; the second empty where the first says it."""
    key, value = _key(one["loc"]), one["input"]
    path = "--path " if "." in key else ""
    if one["type"] == "missing":
        return "is missing", f"pulumi config set {path}'{key}' VALUE --stack {stack}"
    if one["type"] == "extra_forbidden":
        known = _known(one["loc"][:-1])
        near = difflib.get_close_matches(str(one["loc"][-1]), known, n=1)
        return "is no setting" + (f"; did you mean {near[0]}?" if near else ""), f"there are: {', '.join(known)}"
    if one["type"] == "string_type" and isinstance(value, int | float):
        return f'{value} is a number: write "{value}", in quotation marks', ""
    if one["type"].startswith("bool_"):
        return f"is {value!r}: write true or false", ""
    return one["msg"].removeprefix("Value error, "), ""


def _key(steps: tuple[int | str, ...]) -> str:
    made = ""
    for step in steps:
        made += f"[{step}]" if isinstance(step, int) else f"{'.' if made else ''}{to_camel(step)}"
    return f"{NAMESPACE}:{made}"


def _known(steps: tuple[int | str, ...]) -> list[str]:
    """The keys that there are at a place; none where it is not a spec's."""
    here: object = Settings
    for step in steps:
        if not (isinstance(here, type) and issubclass(here, BaseModel)):
            return []
        fields = {to_camel(name): field for name, field in here.model_fields.items()}
        here = fields[str(step)].annotation if str(step) in fields else None
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return []
    names = sorted(to_camel(name) for name in here.model_fields)
    return ["layer" if name == "layers" and here is Settings else name for name in names]
