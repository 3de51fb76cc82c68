"""Whether what the emulator holds is what the program declared: order, capitals of names and JSON layout aside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_NOTHING: tuple[Any, ...] = (None, "", [], {}, False)


def same(declared: Any, actual: Any) -> bool:
    """Equal in meaning. A block is compared by what was declared in it; the rest of the answer is AWS's own."""
    if declared in _NOTHING and actual in _NOTHING:
        return True
    if isinstance(declared, bool) or isinstance(actual, bool):
        return _text(declared) == _text(actual)
    if isinstance(declared, Mapping) and isinstance(actual, Mapping):
        return _same_blocks(declared, actual)
    if isinstance(declared, list) or isinstance(actual, list):
        return _same_lists(_listed(declared), _listed(actual))
    if isinstance(declared, Mapping) != isinstance(actual, Mapping):
        return _same_documents(declared, actual)
    if _number(declared) is not None and _number(declared) == _number(actual):
        return True
    return _text(declared) == _text(actual) or _same_name(declared, actual) or _same_documents(declared, actual)


def _same_blocks(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> bool:
    by_plain = {name.lower(): value for name, value in actual.items()}
    return all(same(value, by_plain.get(name.lower())) for name, value in declared.items())


def _same_lists(declared: list[Any], actual: list[Any]) -> bool:
    left = list(actual)
    for item in declared:
        found = next((index for index, other in enumerate(left) if same(item, other)), None)
        if found is None:
            return False
        del left[found]
    return not left


def _same_documents(declared: Any, actual: Any) -> bool:
    """Policies come back with another layout, and with lists of one as single values."""
    one, other = _document(declared), _document(actual)
    return one is not None and other is not None and _canonical(one) == _canonical(other)


def _document(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return value
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _canonical(inner) for name, inner in value.items()}
    if isinstance(value, list):
        items = sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return _text(value) if isinstance(value, (bool, int, float)) else value


def _same_name(declared: Any, actual: Any) -> bool:
    """A key's id is its ARN's last part; so it is with other things named both ways."""
    if not isinstance(declared, str) or not isinstance(actual, str):
        return False
    long, short = (declared, actual) if declared.startswith("arn:") else (actual, declared)
    return long.startswith("arn:") and not short.startswith("arn:") and long.split("/", 1)[-1] == short


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: Any) -> str:
    """Switches are `true`, `Enabled` or `ENABLED`, as each service likes."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "false"
    text = str(value)
    return text.lower() if text.lower() in {"true", "false"} else text


def as_declared(declared: Any, actual: Any) -> Any:
    """The actual value in the declared one's form, for the state: names in camelCase, numbers as the wire has them."""
    if isinstance(declared, Mapping) and isinstance(actual, Mapping):
        by_plain = {name.lower(): value for name, value in actual.items()}
        kept = {name: as_declared(value, by_plain.get(name.lower())) for name, value in declared.items()}
        return {name: value for name, value in kept.items() if value is not None}
    if isinstance(declared, bool) and actual is not None:
        return _text(actual) in {"true", "Enabled", "ENABLED"}
    if isinstance(declared, str) and isinstance(actual, (Mapping, list)):
        return json.dumps(actual, sort_keys=True)
    if isinstance(declared, str) and actual is not None:
        return _text(actual)
    if isinstance(declared, (int, float)) and _number(actual) is not None:
        return _number(actual)
    if isinstance(declared, list) and isinstance(actual, list):
        shape = declared[0] if declared else None
        return [as_declared(shape, item) for item in actual]
    return actual


def same_declared(before: Any, now: Any) -> bool:
    """Whether two declarations are one: numbers by value, policies by meaning, all else exactly."""
    if isinstance(before, str) and isinstance(now, str):
        return before == now or _same_documents(before, now)
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return before.keys() == now.keys() and all(same_declared(before[name], now[name]) for name in now)
    if isinstance(before, list) and isinstance(now, list):
        return len(before) == len(now) and all(map(same_declared, before, now))
    return type(before) is type(now) and bool(before == now)
