"""Every bucket blocks public access, all four ways."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import BUCKETS
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
WAYS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for bucket in graph.of(*BUCKETS):
        blocks = graph.pointing_at(bucket, "bucket", BLOCK)
        values = {way: [block.get(way, False) for block in blocks] for way in WAYS}
        missing = [way for way in WAYS if not any(one is not UNKNOWN and is_true(one) for one in values[way])]
        doubtful = [way for way in missing if UNKNOWN in values[way]]
        if not blocks:
            yield failed(
                bucket, "nothing blocks public access to it", "declare a BucketPublicAccessBlock with all four set"
            )
        elif not missing:
            yield passed(bucket)
        elif len(doubtful) == len(missing):
            yield unknown(blocks[0], f"`{doubtful[0]}`", "write its value out")
        else:
            yield failed(bucket, f"`{missing[0]}` is not set", "set all four: each shuts a way that the others leave")


RULE = Rule(
    id="s3-public-access-blocked",
    title="Buckets block public access",
    statements=("1-a",),
    severity=Severity.CRITICAL,
    risk="One wrong policy or list, and the whole internet reads the bucket.",
    remedy="Declare a BucketPublicAccessBlock with all four ways for every bucket, and one for the account.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.3",),
    cis=("2.1.4",),
)
