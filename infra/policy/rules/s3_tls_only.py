"""Every bucket refuses connections without TLS, and with TLS below 1.2."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import BUCKETS
from infra.policy.rules._documents import read
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import PolicyDocument, Statement
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TLS_MIN = 1.2


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for bucket in graph.of(*BUCKETS):
        holders = [(policy, "policy") for policy in graph.pointing_at(bucket, "bucket", POLICY)]
        if bucket.get("policy") is not None:
            holders.append((bucket, "policy"))
        if not holders:
            yield failed(bucket, "it has no policy that refuses connections without TLS", "add a denying statement")
            continue
        yield _answer(bucket, [read(*holder) for holder in holders])


def _answer(bucket: Resource, found: list[PolicyDocument | Answer | None]) -> Answer:
    documents = [one for one in found if isinstance(one, PolicyDocument)]
    denying = [statement for one in documents for statement in one.denying if _covers_all(statement, bucket)]
    plain = any(_refuses_plain(one) for one in denying)
    old = any(_refuses_old(one) for one in denying)
    answers = [one for one in found if isinstance(one, Answer)]
    if plain and old:
        return passed(bucket)
    if answers:
        return answers[0]
    if not plain:
        return failed(
            bucket, "its policy does not refuse connections without TLS", "deny s3:* where aws:SecureTransport is false"
        )
    return failed(bucket, "its policy lets TLS below 1.2 through", "deny s3:* where s3:TlsVersion is less than 1.2")


def _covers_all(statement: Statement, bucket: Resource) -> bool:
    """Of everybody, for every action, on the bucket and on what is in it: two ARNs, or one with a wildcard."""
    name = bucket.get("bucket")
    if isinstance(name, str) and name:
        own = f"arn:{_partition(statement)}:s3:::{name}"
        both = all(statement.covers_resource(one) for one in (own, f"{own}/any/thing"))
        return statement.for_anybody and statement.covers_action("s3:AnyAction") and both
    on_bucket = any(not one.endswith("/*") for one in statement.resources)
    on_objects = any(one.endswith("*") for one in statement.resources)
    return statement.for_anybody and statement.covers_action("s3:AnyAction") and on_bucket and on_objects


def _partition(statement: Statement) -> str:
    """That of China and of the government's clouds differ; a policy that names one means it throughout."""
    named = next((one.split(":")[1] for one in statement.resources if one.startswith("arn:aws")), "aws")
    return named or "aws"


def _refuses_plain(statement: Statement) -> bool:
    """A second condition would narrow the refusal, so there is none."""
    return len(statement.conditions) == 1 and statement.condition("aws:SecureTransport", "Bool") == ("false",)


def _refuses_old(statement: Statement) -> bool:
    values = statement.condition("s3:TlsVersion", "NumericLessThan", "NumericLessThanIfExists")
    try:
        return len(statement.conditions) == 1 and values is not None and float(values[0]) >= TLS_MIN
    except (ValueError, IndexError):
        return False


RULE = Rule(
    id="s3-tls-only",
    title="Buckets take TLS 1.2 and newer only",
    statements=("3.2-a",),
    severity=Severity.HIGH,
    risk="What goes over plain HTTP is read, and changed, on the way.",
    remedy="Deny s3:* on the bucket and its objects where aws:SecureTransport is false, and where s3:TlsVersion is below 1.2.",
    check=_check,
    soc2=("CC6.7",),
    iso27001=("A.8.24", "A.5.14"),
    cis=("2.1.1",),
)
