"""Reads the resource graph from `pulumi preview --json`, and from a stack's exported state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stormproof.core.errors import SpecInvalid, SpecProblem
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, identifying
from stormproof.core.misread import MISREAD

# How Pulumi writes on its wire what is not known yet, and what is secret (pulumi/sdk: resource/plugin, resource/sig).
UNKNOWN_SENTINELS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # text, the one that previews show
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # truth value
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
SIGNATURE = "4dabf18193072939515e22adb298388d"
SEALED = "1b47061264138c4ac30d75fd1eb44270"
SETTINGS_PREFIX = "stormproof:"
DEPTH_MAX = 64  # three times what any resource of the provider nests; rules walk down whatever they are given
_PROVIDER = "pulumi:providers:"
_MAKE_PREVIEW = "make it with `pulumi preview --json >FILE`"
_MAKE_STATE = "make it with `pulumi stack export >FILE`"


def read_preview(text: str, *, file: str) -> ResourceGraph:
    """The graph that a preview would leave behind: what is deleted is not in it.

    Raises: SpecInvalid: the file is no preview.
    """
    document = _json(text, file, _MAKE_PREVIEW)
    steps = document.get("steps")
    if not isinstance(steps, list):
        raise _invalid(file, "it has no `steps`", _MAKE_PREVIEW)
    for number, step in enumerate(steps, 1):
        if not isinstance(step, Mapping) or not isinstance(step.get("op"), str):
            raise _invalid(file, f"step {number} is none", _MAKE_PREVIEW)
    states = [step["newState"] for step in steps if step.get("newState") is not None]  # what is deleted has none
    states = _states(states, file, _MAKE_PREVIEW)
    try:
        return graph_of(states, document.get("config"), source="preview")
    except MISREAD as error:
        raise _misread(file, error, _MAKE_PREVIEW) from None


def graph_of(states: Iterable[Mapping[str, Any]], config: object, *, source: str) -> ResourceGraph:
    """The graph of states and a stack's configuration (`stormproof:KEY` -> text)."""
    settings = {
        str(key).removeprefix(SETTINGS_PREFIX): str(value)
        for key, value in (config.items() if isinstance(config, Mapping) else ())
        if str(key).startswith(SETTINGS_PREFIX)
    }
    return ResourceGraph(
        resources_of(states, judging=identifying), layer=settings.get("layer"), source=source, settings=settings
    )


def read_state(text: str, *, file: str) -> ResourceGraph:
    """The graph of `pulumi stack export`. Raises: SpecInvalid."""
    document = _json(text, file, _MAKE_STATE)
    deployment = document.get("deployment", document)
    states = deployment.get("resources") if isinstance(deployment, Mapping) else None
    if not isinstance(states, list):
        raise _invalid(file, "it has no `deployment.resources`", _MAKE_STATE)
    states = _states(states, file, _MAKE_STATE)
    try:
        return ResourceGraph(resources_of(states), source="state")
    except MISREAD as error:
        raise _misread(file, error, _MAKE_STATE) from None


def _states(found: list[Any], file: str, fix: str) -> list[Mapping[str, Any]]:
    """The states, each of them looked at: one that cannot be read must not be one that no rule is asked of."""
    for number, one in enumerate(found, 1):
        if not isinstance(one, Mapping) or not all(isinstance(one.get(key), str) for key in ("urn", "type")):
            raise _invalid(file, f"resource {number} has no `urn` and `type`", fix)
        maps = [one.get(key) or {} for key in ("inputs", "outputs", "propertyDependencies")]
        if not all(isinstance(part, Mapping) for part in maps) or not all(
            isinstance(part or [], list) for part in (one.get("dependencies"), *maps[2].values())
        ):
            raise _invalid(file, f"resource {number} ({one['urn']}) is not of the form that Pulumi writes", fix)
    return found


def resources_of(
    states: Iterable[Mapping[str, Any]], *, judging: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
) -> list[Resource]:
    """Resources from states as Pulumi writes them; providers are read for their region and left out.

    Args:
        judging: what of the outputs counts; all of it in a state, which is asked as it has become.
    """
    states = list(states)
    regions = {str(one.get("urn")): _region(one) for one in states if str(one.get("type", "")).startswith(_PROVIDER)}
    found = []
    for state in states:
        kind, urn = str(state.get("type", "")), str(state.get("urn", ""))
        if kind.startswith("pulumi:"):
            continue
        inputs, outputs = plain(state.get("inputs") or {}), plain(state.get("outputs") or {})
        provider = str(state.get("provider") or "").rpartition("::")[0]
        region = inputs.get("region") if isinstance(inputs.get("region"), str) else regions.get(provider)
        identity = {"id": state["id"]} if state.get("id") else {}
        depends = state.get("propertyDependencies") or {}
        found.append(
            Resource(
                urn=urn,
                type=kind,
                name=urn.rsplit("::", 1)[-1],
                properties={**judging(_known(outputs)), **inputs, **identity},
                depends={str(key): tuple(map(str, urns or ())) for key, urns in depends.items()},
                depends_on=tuple(map(str, state.get("dependencies") or ())),
                parent=state.get("parent"),
                provider=provider or None,
                region=region,
                protect=bool(state.get("protect", False)),
                retain=bool(state.get("retainOnDelete", False)),
                inputs=frozenset(inputs),
            )
        )
    return found


def plain(value: Any) -> Any:
    """A wire value without its wrapping: sentinels become UNKNOWN, a secret its value, or UNKNOWN where it is sealed.

    All numbers are floating on the wire; a whole one is an integer again, or a port would read 443.0.

    Raises ValueError for what nests deeper than DEPTH_MAX.
    """
    return _plain(value, 0)


def _plain(value: Any, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise ValueError(f"it nests deeper than {DEPTH_MAX} levels")
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_SENTINELS else value
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SEALED:
            return _opened(value, depth + 1)
        return {str(key): _plain(one, depth + 1) for key, one in value.items() if key != SIGNATURE}
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _opened(secret: Mapping[str, Any], depth: int) -> Any:
    text = secret.get("plaintext")
    if not isinstance(text, str):
        return _plain(secret["value"], depth) if "value" in secret else UNKNOWN
    try:
        return _plain(json.loads(text), depth)
    except (ValueError, RecursionError):
        return UNKNOWN


def _known(outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in outputs.items() if value is not UNKNOWN}


def _region(provider: Mapping[str, Any]) -> str | None:
    region = plain((provider.get("inputs") or {}).get("region"))
    return region if isinstance(region, str) else None


def _json(text: str, file: str, fix: str) -> Mapping[str, Any]:
    try:
        # Half of a surrogate pair, as it is or in an escape: no answer about it could be written down.
        text.encode()
        document = json.loads(text)
        if "\\ud" in text.lower():
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise _invalid(file, f"it is not JSON: {error}", fix) from None
    if not isinstance(document, Mapping):
        raise _invalid(file, "it is not an object", fix)
    return document


def _misread(file: str, error: BaseException, fix: str) -> SpecInvalid:
    """What is not read is not judged, so it is never left out."""
    return _invalid(file, f"it holds a resource that cannot be read ({error})"[:300], fix)


def _invalid(file: str, what: str, fix: str) -> SpecInvalid:
    return SpecInvalid([SpecProblem(f"{file} cannot be read as a program: {what}", where=file, fix=fix)])
