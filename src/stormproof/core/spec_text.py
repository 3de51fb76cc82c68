"""What a person wrote: plain data with the line of each thing, so that every mistake can be shown where it is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from stormproof.core.errors import SpecInvalid, SpecProblem

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

NO_TEXT = "a character that is none (half of a surrogate pair, or bytes that are no UTF-8)"
NO_TEXT_FIX = "write the character itself, as UTF-8"


def is_text(value: Any) -> bool:
    """Whether a value can be written as UTF-8; whatever is no text can."""
    return not (isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value))


@dataclass
class SpecText:
    """One parsed document: `data` is plain, `lines` maps the path of each key and item to its line, from 1."""

    file: str
    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[SpecProblem] = field(default_factory=list)

    def where(self, path: Sequence[str | int] = ()) -> str:
        """`file:line` of a path, or of the nearest thing around it that is there."""
        place = tuple(path)
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}:{self.lines.get(place, 1)}"

    def problem(self, path: Sequence[str | int], what: str, *, fix: str) -> None:
        """Note a mistake; two about the same thing are told once."""
        found = SpecProblem(what, where=self.where(path), fix=fix)
        if found not in self.problems:
            self.problems.append(found)

    def get(self, *path: str | int) -> Any:
        """The data at a path, or None where anything on the way is missing or of another kind."""
        here = self.data
        for step in path:
            is_there = (
                step in here
                if isinstance(here, dict)
                else step in range(len(here))
                if isinstance(here, list)
                else False
            )
            if not is_there:
                return None
            here = here[step]
        return here

    def items(self, *path: str | int) -> list[Any]:
        """The list at a path; empty where there is none, or something else."""
        found = self.get(*path)
        return found if isinstance(found, list) else []

    def text(self, *path: str | int) -> str:
        """The text at a path; empty where there is none, or something else."""
        found = self.get(*path)
        return found if isinstance(found, str) else ""

    def raise_if_wrong(self) -> None:
        """Raises SpecInvalid with every problem noted so far, in the order of lines."""
        if self.problems:
            raise SpecInvalid(sorted(self.problems, key=lambda problem: int(problem.where.rsplit(":", 1)[1])))


def validate(model: type[Model], text: SpecText, *, told: Sequence[Path] = ()) -> Model | None:
    """Hold the data against a model and note every mistake with its line and its fix. None when there was one.

    Args:
        told: places whose mistakes were noted already, better than a model can.
    """
    try:
        return model.model_validate(text.data)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=True):
            if not any(one["loc"][: len(place)] == place for place in told):
                note_mistake(text, model, one)
        return None


def note_mistake(text: SpecText, model: type[BaseModel], error: Mapping[str, Any]) -> None:
    """Put one of pydantic's errors into our words."""
    loc: Path = tuple(error["loc"])
    path = _written(text, loc)
    context: Mapping[str, Any] = error.get("ctx") or {}
    kind, name = error["type"], str(path[-1]) if path else ""
    inner = _dotted(path[:-1])
    if kind == "spec":
        text.problem((*path, *context.get("at", ())), _prefixed(path, context["what"]), fix=context["fix"])
    elif kind == "extra_forbidden":
        names = _names_at(model, loc[:-1])
        text.problem(path, f"unknown key '{name}'{f' in {inner}' if inner else ''}", fix=nearest_fix(name, names))
    elif kind == "missing":
        text.problem(path, f"'{_dotted(path)}' is missing", fix=f"add '{name}: …'{_meaning(model, loc)}")
    elif kind in ("bool_type", "bool_parsing"):
        text.problem(path, f"'{_dotted(path)}' is neither true nor false", fix="write true or false")
    elif kind == "union_tag_not_found":
        text.problem(path, f"'{_dotted((*path, 'kind'))}' is missing", fix="say of which kind it is")
    elif kind == "union_tag_invalid":
        allowed = str(context["expected_tags"]).replace("'", "").split(", ")
        text.problem(
            (*path, "kind"),
            f"'{_dotted((*path, 'kind'))}' cannot be '{context['tag']}'",
            fix=nearest_fix(str(context["tag"]), allowed),
        )
    elif kind == "too_short" and error["input"]:
        return  # only short because of items that are told themselves
    elif kind == "too_short":
        text.problem(path, f"'{_dotted(path)}' is empty", fix="give at least one, or leave it out if that is allowed")
    elif kind in ("literal_error", "enum"):
        allowed = str(context["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
        text.problem(
            path, f"'{_dotted(path)}' cannot be '{error['input']}'", fix=nearest_fix(str(error["input"]), allowed)
        )
    else:
        text.problem(path, f"'{_dotted(path)}': {_plain(error)}", fix=_FIXES.get(kind, "correct the value"))


def nearest_fix(written: str, names: Iterable[str]) -> str:
    """'did you mean …' with the nearest name, and every name that there is."""
    known = sorted(set(names))
    if not known:
        return "remove it; nothing can be given here"
    near = difflib.get_close_matches(written.lower(), [name.lower() for name in known], n=1, cutoff=0.7)
    guess = next((name for name in known if near and name.lower() == near[0]), None)
    return (f"did you mean '{guess}'? " if guess else "") + f"use one of: {', '.join(known)}"


_FIXES = {
    "string_type": "write text; put it in quotes if it looks like a number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_type": "write a number",
    "float_parsing": "write a number",
    "list_type": "write a list: '[a, b]', or lines that start with '- '",
    "dict_type": "write a mapping: '{key: value}'",
    "model_type": "write a mapping: '{key: value}'",
    "string_too_short": "fill it in",
    "tuple_type": "write a list: '[a, b]', or lines that start with '- '",
    "model_attributes_type": "write a mapping: '{key: value}'",
    "greater_than_equal": "write a larger number",
    "less_than_equal": "write a smaller number",
}


_WORDS_OF = {
    "input should be a valid tuple": "this is no list",
    "input should be a valid list": "this is no list",
    "input should be a valid string": "this is no text",
    "input should be a valid integer": "this is no whole number",
    "input should be a valid number, unable to parse string as a number": "this is no number",
    "input should be a valid dictionary": "this is no mapping",
    "string should have at least 1 character": "it is empty",
}


def _plain(error: Mapping[str, Any]) -> str:
    message = str(error["msg"])
    message = message[:1].lower() + message[1:]
    if "dictionary or" in message or error["type"].startswith("model"):
        return "this is no mapping"
    return _WORDS_OF.get(message, message.replace("input should be", "it must be"))


def _written(text: SpecText, loc: Path) -> Path:
    """A location without the tags that pydantic puts in for the model it picked, which stand nowhere in the text."""
    path: Path = ()
    for number, step in enumerate(loc):
        here = text.get(*path)
        is_last = number == len(loc) - 1
        if is_last or step in (here if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()):
            path = (*path, step)
    return path


def _prefixed(path: Path, what: str) -> str:
    return f"{_dotted(path)}: {what}" if path else what


def _dotted(path: Path) -> str:
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown


def _meaning(model: type[BaseModel], path: Path) -> str:
    at = _model_at(model, path[:-1])
    info = at.model_fields.get(str(path[-1])) if at else None
    return f" ({info.description})" if info and info.description else ""


def _names_at(model: type[BaseModel], path: Path) -> list[str]:
    at = _model_at(model, path)
    if at is None:
        return []
    hidden: frozenset[str] = getattr(at, "filled_in", frozenset())
    return [info.alias or name for name, info in at.model_fields.items() if name not in hidden]


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model that a path leads to; a step may be a field, an item, a mapping's key, or a union's tag."""
    found: list[type[BaseModel]] = [model]
    for step in path:
        following: list[type[BaseModel]] = []
        for one in found:
            info = one.model_fields.get(str(step)) or next(
                (field for field in one.model_fields.values() if field.alias == step), None
            )
            if info is not None:
                following += _models_in(info.annotation)
        if following:
            found = following
        else:  # an item's number, a mapping's key, or the tag that picks one of several models
            tagged = [one for one in found if getattr(one, "tag", None) == step]
            found = tagged or found
    return found[0] if len(found) == 1 else None


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
