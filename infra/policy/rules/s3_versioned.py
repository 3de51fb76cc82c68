"""Every bucket that keeps data keeps what was overwritten and deleted, too."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import BUCKETS
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

VERSIONING = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for bucket in graph.of(*BUCKETS):
        if bucket.tag("data-class") == "public" and bucket.tag("backup") == "none":
            continue
        states = [one.get("versioningConfiguration.status") for one in graph.pointing_at(bucket, "bucket", *VERSIONING)]
        if "Enabled" in states:
            yield passed(bucket)
        elif UNKNOWN in states:
            yield unknown(bucket, "whether it is versioned", "write `status` out")
        else:
            yield failed(
                bucket, "what is overwritten or deleted in it is gone", "declare a BucketVersioning that is Enabled"
            )


RULE = Rule(
    id="s3-versioned",
    title="Buckets keep older versions",
    statements=("1-b", "9-a"),
    severity=Severity.HIGH,
    risk="A faulty deployment, or an intruder, overwrites everything in minutes.",
    remedy="Enable versioning, with a lifecycle that ends old versions.",
    check=_check,
    soc2=("PI1.5", "A1.2"),
    iso27001=("A.8.13",),
    cis=("2.1.2",),
)
