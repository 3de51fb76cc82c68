"""What every bucket refuses, and what some admit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infra.components.documents import deny, document, statement
from infra.naming import Place

ACCESS_LOGS = "logging.s3.amazonaws.com"


def bucket_policy(
    arn: str, place: Place, statements: Sequence[Mapping[str, Any]] = (), *, access_logs: bool = False
) -> str:
    """The document: refusals that hold for everybody, then what the caller's statements say."""
    more = [access_log_statement(arn, place)] if access_logs else []
    return document(*refusals(arn), *more, *statements)


def refusals(arn: str) -> list[dict[str, Any]]:
    """No plain HTTP, no TLS below 1.2, and no object under a key that the writer brings along.

    The last is how a thief of credentials takes data hostage without taking a byte of it: SSE-C, copied onto itself.
    """
    both = (arn, f"{arn}/*")
    return [
        deny("TlsOnly", "s3:*", both, principals="*", conditions={"Bool": {"aws:SecureTransport": "false"}}),
        deny("NewTlsOnly", "s3:*", both, principals="*", conditions={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        deny(
            "NoForeignKeys", "s3:PutObject", f"{arn}/*", principals="*",
            conditions={"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}},
        ),
    ]  # fmt: skip


def access_log_statement(arn: str, place: Place) -> dict[str, Any]:
    """S3 writes access logs of this account's buckets."""
    return statement(
        "AccessLogs", "s3:PutObject", f"{arn}/*", principals={"Service": ACCESS_LOGS},
        conditions={"StringEquals": {"aws:SourceAccount": place.account}},
    )  # fmt: skip
