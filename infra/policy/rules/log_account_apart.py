"""The trail is kept in another account than the one that it is about; where it is not, that is told."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

TRAIL = "aws:cloudtrail/trail:Trail"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for trail in graph.of(TRAIL):
        buckets = graph.targets(trail, "s3BucketName", *BUCKETS)
        if not buckets and not isinstance(trail.get("s3BucketName"), str):
            yield unknown(trail, "which bucket it writes into", "write the bucket's name out")
        elif any(one.provider == trail.provider for one in buckets):
            yield failed(
                trail, "it writes into a bucket of the account that it watches",
                "keep logs in an account of their own, to which nobody who works here has rights",
            )  # fmt: skip
        else:
            yield passed(trail)


RULE = Rule(
    id="log-account-apart",
    title="Logs are kept in another account",
    statements=("8-b",),
    severity=Severity.LOW,
    risk="Who takes over the account takes over its logs.",
    remedy="Let the trail write into a bucket of an account for logs.",
    check=_check,
    soc2=("CC7.2",),
    iso27001=("A.8.15",),
    advisory=True,
)
