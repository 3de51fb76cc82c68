"""A pack's stack as a graph: every value read once, what is not known is UNKNOWN and never an error."""

from __future__ import annotations

from typing import Any

import pytest
from packed import LATER, Engine, urn, wire
from pulumi_policy import EnforcementLevel, StackValidationPolicy

from infra.policy.stack_graph import graph_of_stack
from stormproof.core.infra.preview import UNKNOWN_SENTINELS
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph

BUCKET = "aws:s3/bucket:Bucket"


def _graph(*resources: Any, config: dict[str, Any] | None = None, inputs: Any = None) -> ResourceGraph:
    found: list[ResourceGraph] = []
    policy = StackValidationPolicy(
        name="look",
        description="looks",
        validate=lambda args, report: found.append(graph_of_stack(args, config or {}, inputs)),
        enforcement_level=EnforcementLevel.MANDATORY,
    )
    assert Engine([policy]).looks_at(*resources) == []
    return found[0]


def test_a_resource_with_all_that_rules_ask_for() -> None:
    graph = _graph(
        wire("x:y:Group", "group", {}),
        wire(BUCKET, "logs", {"bucket": "logs", "rules": [{"n": 1, "on": True}]}, protect=True, parent="group"),
    )
    logs = graph.of(BUCKET)[0]
    assert (logs.name, logs.region, logs.protect, logs.parent) == ("logs", "eu-central-1", True, urn("group"))
    assert (logs.get("bucket"), logs.get("rules.0.n"), logs.get("rules.0.on")) == ("logs", 1, True)


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_kind_of_unknown_is_unknown_however_deep(sentinel: str) -> None:
    one = _graph(wire(BUCKET, "a", {"top": sentinel, "deep": [{"in": {"it": sentinel}}, sentinel]})).of(BUCKET)[0]
    assert one.get("top") is UNKNOWN
    assert one.get("deep.0.in.it") is UNKNOWN
    assert one.get("deep.1") is UNKNOWN


def test_what_an_unknown_was_made_from_is_kept_by_property() -> None:
    graph = _graph(
        wire(BUCKET, "logs", {}),
        wire("aws:s3/bucketPolicy:BucketPolicy", "guard", {"bucket": LATER}, depends={"bucket": ["logs"]}),
    )
    guard = graph.of("aws:s3/bucketPolicy:BucketPolicy")[0]
    assert graph.targets(guard, "bucket", BUCKET) == graph.of(BUCKET)


@pytest.mark.parametrize(
    ("properties", "provider", "region"),
    [({}, "eu-west-1", "eu-west-1"), ({"region": "eu-north-1"}, "eu-west-1", "eu-north-1"), ({}, None, None),
     ({}, LATER, None), ({"region": LATER}, "eu-west-1", "eu-west-1")],
)  # fmt: skip
def test_a_region_is_the_resource_s_own_or_its_provider_s(
    properties: dict[str, Any], provider: str | None, region: str | None
) -> None:
    assert _graph(wire(BUCKET, "a", properties, region=provider)).of(BUCKET)[0].region == region


def test_the_layer_and_our_settings_come_from_the_stack_s_configuration() -> None:
    graph = _graph(config={"stormproof:layer": "vault", "stormproof:owner": "sam", "aws:region": "eu-central-1"})
    assert (graph.layer, dict(graph.settings)) == ("vault", {"layer": "vault", "owner": "sam"})


def test_a_program_without_any_configuration_has_no_layer() -> None:
    assert (_graph().layer, dict(_graph().settings)) == (None, {})


def test_the_stack_itself_and_providers_are_no_resources() -> None:
    assert len(_graph(wire("pulumi:pulumi:Stack", "s", {}), wire("pulumi:providers:aws", "p", {}))) == 0


def test_what_the_program_wrote_comes_before_what_the_cloud_says_and_is_known_as_such() -> None:
    group = wire("aws:ec2/securityGroup:SecurityGroup", "g", {"ingress": [{"fromPort": 1}], "name": "g", "id": "sg-1"})
    one = next(iter(_graph(group, inputs={urn("g"): {"name": "written"}})))
    assert (one.get("name"), one.get("id"), one.declares("ingress"), one.declares("name")) == (
        "written", "sg-1", False, True,
    )  # fmt: skip
