"""Every bucket encrypts with a key of ours, but those that take access logs: of load balancers, or of S3 itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.policy.rules._backup import BUCKETS
from infra.policy.rules._properties import KEY_TYPES
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
# What writes into a bucket and cannot use a key of ours. Sources: Elastic Load Balancing, access logs, bucket
# requirements; S3, server access logging, permissions for log delivery.
SSE_S3_ONLY = (
    ("aws:s3/bucketLogging:BucketLogging", "targetBucket"),
    ("aws:lb/loadBalancer:LoadBalancer", "accessLogs.bucket"),
    ("aws:lb/loadBalancer:LoadBalancer", "connectionLogs.bucket"),
)
DEFAULT = "applyServerSideEncryptionByDefault"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for bucket in graph.of(*BUCKETS):
        plain_is_right = any(graph.pointing_at(bucket, path, kind) for kind, path in SSE_S3_ONLY)
        holders = graph.pointing_at(bucket, "bucket", *ENCRYPTION)
        rules = [(holder, one) for holder in holders for one in _list(holder.items("rules"))]
        if plain_is_right:
            yield _log_bucket(bucket, rules)
        elif not rules:
            yield failed(
                bucket, "it encrypts with S3's own key, which everybody who may read it may use",
                "declare its encryption with aws:kms and a key of ours",
            )  # fmt: skip
        else:
            yield _own_key(graph, bucket, *rules[0])


def _log_bucket(bucket: Resource, rules: list[tuple[Resource, Any]]) -> Answer:
    uses_key = [one for _, one in rules if one is not UNKNOWN and _get(one, "sseAlgorithm") not in (None, "AES256")]
    if uses_key:
        return failed(
            bucket, "access logs are written into it, and AWS cannot with a key of ours: they are lost",
            "encrypt this bucket with AES256",
        )  # fmt: skip
    return passed(bucket)


def _own_key(graph: ResourceGraph, bucket: Resource, holder: Resource, rule: Any) -> Answer:
    if rule is UNKNOWN:
        return unknown(holder, "its rules", "write the algorithm out")
    algorithm, key = _get(rule, "sseAlgorithm"), _get(rule, "kmsMasterKeyId")
    if algorithm is UNKNOWN:
        return unknown(holder, "its algorithm", "write it out")
    if algorithm not in ("aws:kms", "aws:kms:dsse"):
        return failed(bucket, f"it encrypts with {algorithm}", "use aws:kms and a key of ours")
    if key is UNKNOWN:
        behind = [graph.by_urn(urn) for urn in holder.depends.get("rules", ())]
        known = any(one is not None and one.type in KEY_TYPES for one in behind)
        return (
            passed(bucket)
            if known
            else unknown(holder, "its key", "refer to a key of this program, or write an alias out")
        )
    if not key or "alias/aws/" in str(key):
        return failed(bucket, "it encrypts with AWS's own key", "name a key of ours")
    return passed(bucket)


def _get(rule: Any, name: str) -> Any:
    inner = rule.get(DEFAULT) if isinstance(rule, dict) else None
    if inner is UNKNOWN:
        return UNKNOWN
    return inner.get(name) if isinstance(inner, dict) else None


def _list(value: list[Any] | Unknown) -> list[Any]:
    return [UNKNOWN] if isinstance(value, Unknown) else value


RULE = Rule(
    id="s3-encrypted",
    title="Buckets are encrypted with a key of ours",
    statements=("3.2-b", "1-a"),
    severity=Severity.HIGH,
    risk="A right to read the bucket is enough to read what is in it; a key of ours is the second lock.",
    remedy="Encrypt by aws:kms with a customer managed key; buckets for access logs (load balancers', S3's) take AES256 only.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
)
