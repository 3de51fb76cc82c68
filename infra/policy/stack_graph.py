"""The rules' resource graph, made of what Pulumi gives a policy pack about a whole stack.

A pack sees a stack through proxies that raise where a value is not known yet; pulumi-policy then downgrades even a
mandatory policy to advice, and preview ends with 0 (seen). So every value is read here, once, and an unknown one becomes
UNKNOWN: no rule can meet that error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyResource, StackValidationArgs
from pulumi_policy.proxy import UnknownValueError

from stormproof.core.infra.preview import SETTINGS_PREFIX, plain
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, identifying

Inputs = Mapping[str, Mapping[str, Any]]


def graph_of_stack(args: StackValidationArgs, config: Mapping[str, Any], inputs: Inputs | None = None) -> ResourceGraph:
    """The graph of a stack as it will be (preview), or as it has become (up).

    Args:
        config: the stack's configuration, `stormproof:KEY` among it; other programs have none of ours.
        inputs: URN -> what the program wrote, as seen when the resource was registered. With them a rule asks at `up` what
            it asked at preview: what the cloud filled in since then is not taken for the program's.
    """
    settings = {
        key.removeprefix(SETTINGS_PREFIX): str(value)
        for key, value in config.items()
        if key.startswith(SETTINGS_PREFIX)
    }
    resources = [_resource(one, (inputs or {}).get(one.urn)) for one in args.resources if not _is_pulumis(one)]
    return ResourceGraph(resources, layer=settings.get("layer"), source="pack", settings=settings)


def _is_pulumis(resource: PolicyResource) -> bool:
    """The stack itself and its providers."""
    return resource.resource_type.startswith("pulumi:")


def _resource(one: PolicyResource, written: Mapping[str, Any] | None) -> Resource:
    told = readable(one.props)
    known = {key: value for key, value in told.items() if value is not UNKNOWN}
    properties = told if written is None else {**identifying(known), **written}
    own, theirs = properties.get("region"), _provider_region(one)
    return Resource(
        urn=one.urn,
        type=one.resource_type,
        name=one.name,
        properties=properties,
        depends={key: _urns(found) for key, found in one.property_dependencies.items()},
        depends_on=_urns(one.dependencies),
        parent=one.parent.urn if one.parent is not None else None,
        provider=one.provider.urn if one.provider is not None else None,
        region=own if isinstance(own, str) else theirs,
        protect=bool(one.opts.protect),
        inputs=None if written is None else frozenset(written),
    )


def readable(props: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values of a resource's properties, UNKNOWN where one is not known. Never raises UnknownValueError."""
    return {str(key): _at(props, key) for key in props}


def _at(holder: Any, key: Any) -> Any:
    try:
        return _value(holder[key])
    except UnknownValueError:
        return UNKNOWN


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _at(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_at(value, index) for index in range(len(value))]
    return plain(value)


def _urns(resources: Iterable[PolicyResource]) -> tuple[str, ...]:
    return tuple(one.urn for one in resources)


def _provider_region(one: PolicyResource) -> str | None:
    if one.provider is None:
        return None
    region = readable(one.provider.props).get("region")  # `in` would raise where it is not known
    return region if isinstance(region, str) else None
