"""Every method of an API asks who calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

FUNCTION_URL, HTTP_API = "aws:lambda/functionUrl:FunctionUrl", "aws:apigatewayv2/api:Api"
REST_API = "aws:apigateway/restApi:RestApi"
METHOD, ROUTE = "aws:apigateway/method:Method", "aws:apigatewayv2/route:Route"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for method in graph.of(METHOD):
        if method.get("httpMethod") != "OPTIONS":  # browsers ask it before they may send who they are
            yield _answer(method, method.get("authorization"))
    for route in graph.of(ROUTE):
        if not str(route.get("routeKey")).startswith("OPTIONS "):
            yield _answer(route, route.get("authorizationType", "NONE"))
    for url in graph.of(FUNCTION_URL):
        yield _answer(url, url.get("authorizationType"))
    for api in graph.of(HTTP_API):
        if api.declares("target"):
            yield failed(
                api, "its quick target answers everybody", "declare routes with an authorizer, and no `target`"
            )
    for api in graph.of(HTTP_API, REST_API):
        if api.declares("body"):
            yield unknown(
                api, "which of the methods in its `body` ask who calls",
                "declare the methods as resources with an authorizer, or except it with a reason",
            )  # fmt: skip


def _answer(one: Resource, how: Any) -> Answer:
    if how is UNKNOWN:
        return unknown(one, "how it asks who calls", "write the authorization's type out")
    if how not in (None, "", "NONE"):
        return passed(one)
    return failed(one, "it answers everybody", "name an authorizer (JWT, Cognito, IAM), or except it with a reason")


RULE = Rule(
    id="api-authorised",
    title="APIs ask who calls",
    statements=("3.3-c", "2-b"),
    severity=Severity.HIGH,
    risk="A method that was meant for one page is found by anybody who lists the API.",
    remedy="Give each method and route an authorizer; what is meant for everybody needs an exception with a reason.",
    check=_check,
    soc2=("CC6.1", "CC6.6"),
    iso27001=("A.8.26",),
)
