"""No password, token or key is written where everybody who may look at a function or a task can read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

FUNCTION, TASK = "aws:lambda/function:Function", "aws:ecs/taskDefinition:TaskDefinition"
BUILD, PARAMETER = "aws:codebuild/project:Project", "aws:ssm/parameter:Parameter"
SECRET = re.compile(r"passw(or)?d|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
# A name that only says where a secret is.
WHERE = re.compile(
    r"(_|-)?(arn|name|id|path|file|dir|url|uri|ttl|seconds|days|ref|parameter|stage|endpoint)$", re.IGNORECASE
)
WHERE_VALUE = re.compile(r"arn:aws|/aws/|\{\{resolve:|$", re.IGNORECASE)
NOT_KNOWN = "write the variables out: what comes from another resource may be its password"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for kind in (FUNCTION, TASK, BUILD):
        for one in graph.of(kind):
            yield _answer(one, _variables(one))
    for parameter in graph.of(PARAMETER):
        kind = parameter.get("type")
        name = str(parameter.get("name", parameter.name))
        if kind is UNKNOWN:
            yield unknown(parameter, "its type", "write `type` out")
        elif kind != "SecureString" and _is_secret(name):
            yield failed(parameter, "it keeps a secret as plain text", "use a secret with a key, or type SecureString")
        else:
            yield passed(parameter)


def _answer(one: Resource, variables: Mapping[str, Any] | Unknown) -> Answer:
    if isinstance(variables, Unknown):
        return unknown(one, "its environment variables", NOT_KNOWN)
    found = next((name for name, value in variables.items() if _is_secret(name) and not _only_where(value)), None)
    if found is None:
        return passed(one)
    return failed(
        one, f"its variable {found} holds a secret in plain text",
        "name the secret's ARN instead, and let the code read it from Secrets Manager",
    )  # fmt: skip


def _is_secret(name: str) -> bool:
    return SECRET.search(name) is not None and WHERE.search(name) is None


def _only_where(value: Any) -> bool:
    """Not a secret itself: nothing, an ARN, or what is made from a resource and known later (an ARN is, most often)."""
    return value is UNKNOWN or WHERE_VALUE.match(str(value or "")) is not None


def _variables(one: Resource) -> Mapping[str, Any] | Unknown:
    if one.type == FUNCTION:
        found = one.get("environment.variables", {})
        if isinstance(found, Unknown):
            return UNKNOWN
        return found if isinstance(found, Mapping) else {}
    if one.type == BUILD:
        listed = one.items("environment.environmentVariables")
        if isinstance(listed, Unknown):
            return UNKNOWN
        return {
            str(each.get("name")): each.get("value") for each in listed
            if isinstance(each, Mapping) and each.get("type") in (None, "PLAINTEXT")
        }  # fmt: skip
    return _of_containers(one.get("containerDefinitions"))


def _of_containers(text: Any) -> Mapping[str, Any] | Unknown:
    if isinstance(text, Unknown):
        return UNKNOWN
    try:
        containers = json.loads(text) if isinstance(text, str) else text or []
    except ValueError:
        return {}
    return {
        str(each.get("name")): each.get("value")
        for container in containers if isinstance(container, Mapping)
        for each in container.get("environment") or [] if isinstance(each, Mapping)
    }  # fmt: skip


RULE = Rule(
    id="secrets-not-in-plain-text",
    title="No secret is written in plain text",
    statements=("7-d", "3.3-a"),
    severity=Severity.HIGH,
    risk="Whoever may look at a function's settings, or at the state, has the password.",
    remedy="Keep secrets in Secrets Manager, and give code the ARN.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.5.17", "A.8.24"),
)
