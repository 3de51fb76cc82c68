"""Who reads a bucket is written down, but for the buckets that keep such logs."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import BUCKETS
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

LOGGING = "aws:s3/bucketLogging:BucketLogging"
# What writes logs into a bucket -> by which property. A log of reading logs would never end.
WRITES_LOGS = {
    LOGGING: ("targetBucket",),
    "aws:cloudtrail/trail:Trail": ("s3BucketName",),
    "aws:lb/loadBalancer:LoadBalancer": ("accessLogs.bucket", "connectionLogs.bucket"),
    "aws:ec2/flowLog:FlowLog": ("logDestination",),
    "aws:cfg/deliveryChannel:DeliveryChannel": ("s3BucketName",),
    "aws:cloudfront/distribution:Distribution": ("loggingConfig.bucket",),
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for bucket in graph.of(*BUCKETS):
        if graph.pointing_at(bucket, "bucket", LOGGING) or bucket.get("loggings") or _keeps_logs(graph, bucket):
            yield passed(bucket)
        else:
            yield failed(
                bucket, "nobody can say who read what is in it", "declare a BucketLogging into a bucket for logs"
            )


def _keeps_logs(graph: ResourceGraph, bucket: Resource) -> bool:
    return bucket.tag("holds") == "logs" or any(
        graph.pointing_at(bucket, path, kind) for kind, paths in WRITES_LOGS.items() for path in paths
    )


RULE = Rule(
    id="s3-access-logged",
    title="Access to buckets is logged",
    statements=("3.3-d",),
    severity=Severity.LOW,
    risk="After a leak nobody can say whose data was read.",
    remedy="Declare a BucketLogging for each bucket; what only keeps logs is tagged `holds: logs`.",
    check=_check,
    soc2=("CC7.2",),
    iso27001=("A.8.15",),
    cis=("3.4",),
)
