"""An API's stage limits how often it is asked, and a web firewall stands before it where one can."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._web_firewall import judged
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

STAGE, SETTINGS = "aws:apigateway/stage:Stage", "aws:apigateway/methodSettings:MethodSettings"
HTTP_STAGE, HTTP_API = "aws:apigatewayv2/stage:Stage", "aws:apigatewayv2/api:Api"
REST_API = "aws:apigateway/restApi:RestApi"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for stage in graph.of(STAGE):
        yield judged(graph, stage)
        yield _throttled(graph, stage)
    for stage in graph.of(HTTP_STAGE):
        # AWS WAF cannot be associated with an HTTP API (API Gateway, comparison of REST and HTTP APIs).
        yield _limit(stage, stage, "defaultRouteSettings.throttlingRateLimit", "default_route_settings")


def _throttled(graph: ResourceGraph, stage: Resource) -> Answer:
    apis = graph.targets(stage, "restApi", REST_API)
    name = stage.get("stageName")
    for one in graph.of(SETTINGS):
        same_api = stage.get("restApi") == one.get("restApi") or bool(
            apis and apis == graph.targets(one, "restApi", REST_API)
        )
        same_stage = stage in graph.targets(one, "stageName", STAGE) or (
            isinstance(name, str) and one.get("stageName") == name
        )
        if same_api and same_stage and one.get("methodPath") == "*/*":
            return _limit(stage, one, "settings.throttlingRateLimit", "settings")
    return failed(
        stage, "it takes as many requests as anybody sends", "declare MethodSettings for `*/*` with throttling"
    )


def _limit(stage: Resource, holder: Resource, path: str, where: str) -> Answer:
    value = holder.get(path)
    if value is UNKNOWN:
        return unknown(holder, f"`{path}`", "write it out")
    # API Gateway: -1 is no limit of the stage's own.
    if value is not None and float(value) > 0:
        return passed(stage)
    return failed(stage, "it takes as many requests as anybody sends", f"set `throttling_rate_limit` in `{where}`")


RULE = Rule(
    id="api-guarded",
    title="APIs limit how often they are asked",
    statements=("3.3-c",),
    severity=Severity.HIGH,
    risk="Passwords are tried by the million, and the bill for it is ours.",
    remedy="Throttle each stage, and associate a web firewall with REST stages.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20", "A.8.26"),
)
