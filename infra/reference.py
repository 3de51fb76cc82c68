"""docs/settings.md: every setting of a stack, from the specs' own words and the table of costs. Pure; nothing is declared."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from infra.costs.model import Cost
from infra.costs.total import table
from infra.spec.base import Spec
from infra.spec.settings import Settings
from stormproof.core.units import format_duration

RENAMED = {"layers": "layer"}  # in a stack's file
PLAIN = {bool: "true or false", int: "number", float: "number", str: "text", date: "date", timedelta: "duration"}
UNIONS: frozenset[Any] = frozenset({Union, types.UnionType})
_ARGUMENT = re.compile(r"^ {4}(?P<names>\w+(?:, \w+)*): (?P<text>.*)$")


@dataclass(frozen=True)
class Setting:
    """One key: its dotted path in the configuration, what may stand there, and its words."""

    path: str
    kind: str
    default: str
    words: str


@dataclass(frozen=True)
class Section:
    """One spec. `path`: where it stands; "" for the top."""

    path: str
    spec: type[Spec]
    words: str
    settings: tuple[Setting, ...]


def sections(spec: type[Spec] = Settings, path: str = "") -> Iterator[Section]:
    """This spec, then those below it, in the order in which they are written."""
    words, arguments = described(spec)
    found, below = [], []
    for name, field in spec.model_fields.items():
        key = RENAMED.get(name, to_camel(name)) if spec is Settings else to_camel(name)
        place = f"{path}.{key}" if path else key
        inner, suffix = spec_within(field.annotation)
        if inner is not None:
            below.append((inner, place + suffix))
        if inner is not None and not suffix and type(None) in get_args(field.annotation):
            words = arguments.get(name) or described(inner)[0].split(". ")[0].rstrip(".") + "."
            found.append(Setting(place, "settings, or `null`", "on" if field.get_default() else "off", words))
        elif inner is None or suffix or arguments.get(name):
            kind = shown_kind(get_args(field.annotation)[0] if key == "layer" else field.annotation)
            found.append(Setting(place, kind, shown_default(field), arguments.get(name, "")))
    yield Section(path, spec, words, tuple(found))
    for inner, place in below:
        yield from sections(inner, place)


def described(spec: type[Spec]) -> tuple[str, dict[str, str]]:
    """A spec's docstring: its words, and each argument's, those of the specs that it is made from too."""
    inherited: dict[str, str] = {}
    for base in spec.__bases__:
        if issubclass(base, Spec) and base is not Spec:
            inherited |= described(base)[1]
    lines = inspect.cleandoc(spec.__doc__ or "").splitlines()
    head = lines[: lines.index("Args:")] if "Args:" in lines else lines
    arguments: dict[str, str] = {}
    names: list[str] = []
    for line in lines[len(head) + 1 :]:
        if match := _ARGUMENT.match(line):
            names = match["names"].split(", ")
            arguments |= dict.fromkeys(names, match["text"])
        elif names and line.startswith(" " * 8):
            arguments |= {name: f"{arguments[name]} {line.strip()}" for name in names}
        elif line.strip():
            names = []
            head = [*head, "", line.strip()]
    return " ".join("\n".join(head).split()), inherited | arguments


def spec_within(annotation: Any) -> tuple[type[Spec] | None, str]:
    """The spec that stands at a key, and how it is reached from there: "", `.NAME` for a mapping, `[]` for a list."""
    annotation = _bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return annotation, ""
    origin = get_origin(annotation)
    args = get_args(annotation)
    if origin in UNIONS:
        for one in args:
            if (found := spec_within(one))[0] is not None:
                return found
    if origin is not None and isinstance(origin, type) and args:
        is_mapping = issubclass(origin, Mapping)
        inner, suffix = spec_within(args[1 if is_mapping else 0])
        if inner is not None:
            return inner, (".NAME" if is_mapping else "[]") + suffix
    return None, ""


def shown_kind(annotation: Any) -> str:
    """For people: `number`, `list of text`, `public, internal`, `NAME: text`."""
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    args = get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in args)
    if origin in UNIONS:
        return " or ".join(dict.fromkeys(shown_kind(one) for one in args if one is not type(None)))
    if origin is not None and isinstance(origin, type):
        if issubclass(origin, Mapping):
            return f"{shown_kind(args[0])}: {shown_kind(args[1])}"
        return f"list of {shown_kind(args[0])}"
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return " or ".join(f"`{one.value}`" for one in annotation)
        if issubclass(annotation, Spec):
            return "settings"
        return PLAIN.get(annotation, annotation.__name__)
    return "text"


def shown_default(field: FieldInfo) -> str:
    """What holds when the key is left out."""
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True, validated_data={})
    return _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if value is None or isinstance(value, Spec):
        return "–"
    if isinstance(value, timedelta):
        return f"`{format_duration(value)}`"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, Mapping):
        return ", ".join(f"`{key}`" for key in value) or "none"
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(_shown(one) for one in value) or "none"
    return f"`{value}`"


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def priced(path: str, costs: tuple[Cost, ...]) -> list[str]:
    """What the table of costs says of a switch."""
    return [
        f"US$ {one.monthly_usd:.2f} a month for each {one.unit}: {one.buys}. Cheaper: {one.fallback}."
        + (f" On top: {one.beside}." if one.beside else "")
        for one in costs
        if one.switch == path
    ]


def page(note: str) -> str:
    """The whole page as Markdown."""
    costs = table()
    lines = [
        "# Every setting of a stack",
        "",
        f"<!-- {note} -->",
        "",
        "Keys of `Pulumi.STACK.yaml`, each below `stormproof:`; a dot goes one level deeper",
        "(`stormproof:edge: {domain: shop.example.com}` is `edge.domain`). A key that is not here is refused, with the nearest one.",
        "How a stack is made: [infra](infra.md). What one costs: `stormproof infra costs`.",
    ]
    for section in sections():
        lines += ["", f"## {section.path or 'At the top'}", "", section.words, ""]
        if section.settings:
            lines += ["| key | what | left out | |", "|---|---|---|---|"]
        for one in section.settings:
            words = " ".join([one.words, *priced(one.path, costs)]).strip()
            lines.append(f"| `{one.path}` | {_cell(one.kind)} | {_cell(one.default)} | {_cell(words)} |")
    always = [one for one in costs if not one.switch]
    if always:
        lines += ["", "## Paid without a switch", "", "| what | US$ a month | for each | |", "|---|---|---|---|"]
        lines += [f"| `{one.type}` | {one.monthly_usd:.2f} | {one.unit} | {_cell(one.buys)} |" for one in always]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
