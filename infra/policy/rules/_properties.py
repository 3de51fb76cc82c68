"""Rules that ask one property of a resource: the commonest kind, said once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Check, RuleVerdict, failed, passed, unknown


def demand(
    types: Sequence[str],
    path: str,
    holds: Callable[[Any], bool],
    *,
    said: str,
    fix: str,
    default: Any = None,
    only: Callable[[Resource], bool] = lambda resource: True,
    lab_too: bool = True,
) -> Check:
    """A check that every resource of `types` has at `path` a value that `holds`.

    Args:
        holds: asked of a known value only; `default` where the property is absent: what AWS takes then.
        said: what is wrong; `{value}` is put in.
        only: which resources are concerned.
        lab_too: false where a stack that is made to be thrown away cannot have it. Production refuses `disposable`.
    """

    def check(graph: ResourceGraph) -> Iterator[Answer]:
        if not lab_too and graph.settings.get("disposable") == "true":
            return
        for resource in graph.of(*types):
            if not only(resource):
                continue
            value = resource.get(path, default)
            if value is UNKNOWN:
                yield unknown(resource, f"`{path}`", "write its value out")
                continue
            try:
                good = holds(value)
            except (TypeError, ValueError):
                yield failed(resource, f"`{path}` cannot be read: {value!r}", fix)
                continue
            yield passed(resource) if good else failed(resource, said.format(value=value), fix)

    return check


def own_key(types: Sequence[str], path: str, *, what: str) -> Check:
    """A check that a store names a key of its own. A key's ARN that is not known yet is a key all the same.

    AWS's own keys (`alias/aws/…`) do not count: nobody of ours decides who may use them.
    """

    def check(graph: ResourceGraph) -> Iterator[Answer]:
        for resource in graph.of(*types):
            value = resource.get(path)
            if value is UNKNOWN:
                behind = [graph.by_urn(urn) for urn in resource.depends.get(path.split(".")[0], ())]
                if any(one is not None and one.type in KEY_TYPES for one in behind):
                    yield passed(resource)
                else:
                    yield unknown(
                        resource, f"whether `{path}` names a key", "refer to a key or an alias of this program"
                    )
            elif not value:
                yield failed(resource, f"{what} without a key of ours", f"set `{path}` to a customer managed key")
            elif "alias/aws/" in str(value):
                yield failed(
                    resource, f"{what} with AWS's own key ({value})", f"set `{path}` to a customer managed key"
                )
            else:
                yield passed(resource)

    return check


KEY_TYPES = (
    "aws:kms/key:Key",
    "aws:kms/alias:Alias",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
)


def encrypted_with_own_key(types: Sequence[str], switch: str, *, said: str, fix: str) -> Check:
    """`switch` is on, and `kmsKeyId` is a key of ours. Of a resource without encryption its key is not told besides."""
    encrypted = demand(types, switch, is_true, default=False, said=said, fix=fix)
    key = own_key(types, "kmsKeyId", what="it is encrypted")

    def check(graph: ResourceGraph) -> Iterator[Answer]:
        plain = [answer for answer in encrypted(graph) if answer.verdict is not RuleVerdict.PASSED]
        yield from plain
        told = {answer.resource.urn for answer in plain if answer.resource is not None}
        yield from (answer for answer in key(graph) if answer.resource and answer.resource.urn not in told)

    return check


def is_true(value: Any) -> bool:
    """Pulumi's wire carries truth values as such; other programs' state as text."""
    return value is True or str(value).lower() == "true"


def is_false(value: Any) -> bool:
    return not is_true(value)
