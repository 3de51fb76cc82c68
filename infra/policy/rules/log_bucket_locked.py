"""The trail's bucket cannot be emptied for a year: a lock on its objects holds even against who owns the account."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

TRAIL = "aws:cloudtrail/trail:Trail"
BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
LOCKS = (
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
)
DAYS_MIN = 365
RETENTION = "rule.defaultRetention"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    if graph.settings.get("disposable") == "true":
        return  # the lab, which is made to be thrown away; production refuses that setting
    told: set[str] = set()
    for trail in graph.of(TRAIL):
        for bucket in graph.targets(trail, "s3BucketName", *BUCKETS):
            if bucket.urn not in told:
                told.add(bucket.urn)
                yield _answer(graph, bucket)


def _answer(graph: ResourceGraph, bucket: Resource) -> Answer:
    locks = graph.pointing_at(bucket, "bucket", *LOCKS)
    if not locks:
        return failed(
            bucket, "whoever may delete its objects may delete the trail", "declare a BucketObjectLockConfiguration"
        )
    days, years = locks[0].get(f"{RETENTION}.days"), locks[0].get(f"{RETENTION}.years")
    mode = locks[0].get(f"{RETENTION}.mode")
    if UNKNOWN in (days, years, mode):
        return unknown(locks[0], "how long it locks", "write its default retention out")
    kept = int(days or 0) + int(years or 0) * 365
    if mode not in ("COMPLIANCE", "GOVERNANCE") or kept < DAYS_MIN:
        return failed(bucket, f"its objects are locked for {kept} days", f"lock them for {DAYS_MIN} days or more")
    return passed(bucket)


RULE = Rule(
    id="log-bucket-locked",
    title="The trail's files are locked for a year",
    statements=("8-b", "1-d"),
    severity=Severity.HIGH,
    risk="An intruder deletes the trail of what was done.",
    remedy="Keep the trail in a bucket with Object Lock and a default retention of a year, best in an account for logs.",
    check=_check,
    soc2=("CC7.2", "CC7.3"),
    iso27001=("A.8.15", "A.5.33"),
    cis=("3.2",),
)
