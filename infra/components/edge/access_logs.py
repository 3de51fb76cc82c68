"""The bucket that the load balancer writes into: who came, what was asked, and which connections failed."""

from __future__ import annotations

from typing import Any, Final

import pulumi

from infra.components.bucket import Bucket
from infra.components.documents import statement
from infra.context import Context
from infra.naming import Names, Place
from infra.spec.bucket import BucketSpec
from infra.spec.settings import DataClass

WHAT: Final = "edge-logs"
KEPT_DAYS: Final = 400
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
REQUESTS, CONNECTIONS = "requests", "connections"  # prefixes in the bucket


def declare_access_logs(context: Context, opts: pulumi.ResourceOptions | None = None) -> Bucket:
    """AWS: such a bucket supports S3's own key alone; with one of ours nothing is ever written, and nothing is said."""
    spec = BucketSpec(
        what=WHAT,
        data_class=DataClass.INTERNAL,
        sse_s3=True,
        expire_days=KEPT_DAYS,
        old_versions_days=30,
        backup="none",
        backup_reason="logs are written once, and kept by their bucket",
    )
    return Bucket(WHAT, context, spec, key_arn=None, statements=[delivery(context.names, context.place)], opts=opts)


def delivery(names: Names, place: Place) -> dict[str, Any]:
    """Load balancers of this account and region write below their prefixes, and nobody else does."""
    bucket = names.bucket_arn(WHAT, place)
    return statement(
        "LoadBalancersOfOurs", "s3:PutObject",
        [f"{bucket}/{prefix}/AWSLogs/{place.account}/*" for prefix in (REQUESTS, CONNECTIONS)],
        principals={"Service": DELIVERY},
        conditions={"ArnLike": {"aws:SourceArn": place.arn("elasticloadbalancing", "loadbalancer/*")}},
    )  # fmt: skip
