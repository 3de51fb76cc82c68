"""What holds personal data is deleted one day, by a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policy.rules._backup import BUCKETS
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

LIFECYCLE = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)
ENDS = ("expiration", "noncurrentVersionExpiration")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for bucket in graph.of(*BUCKETS):
        personal = bucket.tag("pii")
        if personal is None or (personal is not UNKNOWN and not is_true(personal)):
            continue
        lifecycles = graph.pointing_at(bucket, "bucket", *LIFECYCLE)
        yield (
            _answer(bucket, lifecycles[0])
            if lifecycles
            else failed(
                bucket, "personal data in it is kept for ever", "declare a BucketLifecycleConfiguration that ends it"
            )
        )


def _answer(bucket: Resource, lifecycle: Resource) -> Answer:
    rules = lifecycle.items("rules")
    listed = [] if isinstance(rules, Unknown) else [one for one in rules if isinstance(one, Mapping)]
    if any(
        one.get("status") == "Enabled" and any(one.get(key) for key in ENDS if one.get(key) is not UNKNOWN)
        for one in listed
    ):
        return passed(bucket)
    if isinstance(rules, Unknown) or has_unknown(rules):
        return unknown(lifecycle, "its rules", "write them out")
    return failed(bucket, "its lifecycle ends nothing", "add an enabled rule with an expiration")


RULE = Rule(
    id="s3-personal-data-ends",
    title="Personal data is not kept for ever",
    statements=("5-a",),
    severity=Severity.MEDIUM,
    risk="Data that should have been deleted leaks, and the law asks why it was still there.",
    remedy="Give buckets tagged `pii: true` a lifecycle with an expiration.",
    check=_check,
    soc2=("P1.1", "C1.1"),
    iso27001=("A.5.34",),
)
