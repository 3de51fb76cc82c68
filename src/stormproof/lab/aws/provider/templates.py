"""Parameters of the tables filled in from a resource as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from stormproof.lab.aws.provider.kinds import Parameter, Values

_NAME = re.compile(r"\{(\w+)\}")


class _LeftOut:
    """No value: the parameter is not sent."""


LEFT_OUT: Final = _LeftOut()


def fill(parameter: Parameter, here: Values) -> Any:
    """The parameter's value; LEFT_OUT where something that it needs is not there."""
    if callable(parameter):
        value = parameter(here)
        return LEFT_OUT if value is None else value
    if isinstance(parameter, str):
        return _fill_text(parameter, here)
    if isinstance(parameter, list):
        filled = [fill(item, here) for item in parameter]
        return LEFT_OUT if LEFT_OUT in filled else filled
    if isinstance(parameter, Mapping):
        inner = {name: fill(item, here) for name, item in parameter.items()}
        kept = {name: item for name, item in inner.items() if item is not LEFT_OUT}
        return kept if kept or not parameter else LEFT_OUT
    return parameter


def fill_all(parameters: Mapping[str, Parameter], here: Values) -> dict[str, Any]:
    filled = {name: fill(parameter, here) for name, parameter in parameters.items()}
    return {name: value for name, value in filled.items() if value is not LEFT_OUT}


def names_in(parameter: Parameter) -> frozenset[str]:
    """The properties that a parameter reads by template (a function's are not seen)."""
    if isinstance(parameter, str):
        return frozenset(_NAME.findall(parameter))
    if isinstance(parameter, list):
        return frozenset().union(*(names_in(item) for item in parameter))
    if isinstance(parameter, Mapping):
        return frozenset().union(*(names_in(item) for item in parameter.values()))
    return frozenset()


def _fill_text(text: str, here: Values) -> Any:
    whole = _NAME.fullmatch(text)
    if whole:
        value = here.get(whole.group(1))
        return LEFT_OUT if value is None else value
    if any(here.get(name) is None for name in _NAME.findall(text)):
        return LEFT_OUT
    return _NAME.sub(lambda found: str(here[found.group(1)]), text)
