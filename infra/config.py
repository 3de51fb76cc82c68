"""Reads a stack's configuration, once. A mistake names the key, the file and what to write instead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from infra.spec.settings import Layer, Settings

NAMESPACE = "stormproof"
ALL_LAYERS = "all"


@dataclass(frozen=True)
class Mistake:
    """One mistake: the key (`stormproof:accounts.vault`), what is wrong with it, and what to write; "" where that is said."""

    key: str
    said: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.key}: {self.said}" + (f"\n    {self.fix}" if self.fix else "")


class BadConfiguration(ValueError):
    """The stack's configuration cannot be used. The message lists every mistake, for a person."""

    def __init__(self, stack: str, mistakes: Sequence[Mistake]) -> None:
        self.stack, self.mistakes = stack, tuple(mistakes)
        super().__init__(stack, self.mistakes)

    def __str__(self) -> str:
        lines = [f"Pulumi.{self.stack}.yaml: the configuration cannot be used"]
        return "\n".join([*lines, *(f"  {one}" for one in self.mistakes)])


def read_settings(values: Mapping[str, str], *, stack: str) -> Settings:
    """Settings from the raw configuration of a stack.

    Args:
        values: `stormproof:KEY` -> text, as Pulumi hands it to a program: JSON where the value is no plain text. Other
            programs' keys are left alone.
        stack: its name, for messages.

    Raises: BadConfiguration.
    """
    given: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for key, text in values.items():
        space, _, name = key.partition(":")
        if space == NAMESPACE:
            try:
                given[name] = _value(text)
            except ValueError as error:
                mistakes.append(
                    Mistake(key, f"is no JSON: {error}", "write it as YAML into the file, or set it by --path")
                )
    if not given and not mistakes:
        pattern = (
            "take a shipped stack as a pattern (Pulumi.prod-primary.yaml); docs/infra.md says what each setting does"
        )
        mistakes.append(Mistake(NAMESPACE, "has no setting", pattern))
    else:
        layers = _layers(given.pop("layer", None), stack)
        if isinstance(layers, Mistake):
            mistakes.append(layers)
        else:
            given["layers"] = layers
    if mistakes:
        raise BadConfiguration(stack, mistakes)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise BadConfiguration(stack, [_told(one, stack) for one in error.errors()]) from None


def _value(text: str) -> Any:
    """Pulumi gives objects and lists as JSON. All else stays text, which pydantic reads as the spec's field asks for."""
    return json.loads(text) if text[:1] in ("{", "[") else text


def _layers(given: object, stack: str) -> list[Layer] | Mistake:
    if given == ALL_LAYERS:
        return list(Layer)
    if given in list(Layer):
        return [Layer(str(given))]
    said = "is missing" if given is None else f"is {given!r}"
    known = ", ".join([*Layer, ALL_LAYERS])
    key = f"{NAMESPACE}:layer"
    return Mistake(key, f"{said}; one of {known}", f"pulumi config set {key} primary --stack {stack}")


def _told(one: ErrorDetails, stack: str) -> Mistake:
    if not one["loc"]:  # said of the whole: the message names its key itself
        name, _, said = one["msg"].removeprefix("Value error, ").partition(": ")
        return Mistake(f"{NAMESPACE}:{name}", said)
    key, value = _key(one["loc"]), one["input"]
    path = "--path " if "." in key else ""
    if one["type"] == "missing":
        return Mistake(key, "is missing", f"pulumi config set {path}'{key}' VALUE --stack {stack}")
    if one["type"] == "extra_forbidden":
        known = _known(one["loc"][:-1])
        near = difflib.get_close_matches(str(one["loc"][-1]), known, n=1)
        said = "is no setting" + (f"; did you mean {near[0]}?" if near else "")
        return Mistake(key, said, f"there are: {', '.join(known)}" if known else "remove it")
    if one["type"] == "string_type" and isinstance(value, int | float):
        return Mistake(key, f'{value} is a number: write "{value}", in quotation marks')
    if one["type"].startswith("bool_"):
        return Mistake(key, f"is {value!r}: write true or false")
    return Mistake(key, one["msg"].removeprefix("Value error, "))


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
