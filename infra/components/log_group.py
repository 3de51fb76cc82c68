"""A log group: encrypted with a key of ours, and kept for a year or more."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from infra.context import Context
from infra.spec.settings import DataClass

YEAR: Final = 365
DAYS_DEFAULT: Final = 400  # a year, and a month to ask in
DAYS_TAKEN = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)  # AWS: PutRetentionPolicy, above a year


class KeptTooShort(ValueError):
    """Logs would be gone within a year, or AWS has no such retention. The message is for a person."""


def check_days(days: int) -> None:
    """Raises KeptTooShort."""
    if days not in DAYS_TAKEN:
        raise KeptTooShort(
            f"logs kept for {days} days: choose one of {', '.join(map(str, DAYS_TAKEN))} (a year at least)"
        )


def log_group(
    parent: pulumi.Resource,
    context: Context,
    what: str,
    key_arn: pulumi.Input[str],
    *,
    days: int = DAYS_DEFAULT,
) -> cloudwatch.LogGroup:
    """The group `/PROJECT/ENVIRONMENT/WHAT`, in the context's region.

    The key's policy must admit `logs.REGION.amazonaws.com`. Logs are evidence: the group outlives the program.

    Args:
        what: unique within account and region.
        days: of DAYS_TAKEN.

    Raises: KeptTooShort.
    """
    check_days(days)
    name = context.names.log_group(what)
    return cloudwatch.LogGroup(
        f"{what}-logs-{context.place.region}",
        name=name,
        kms_key_id=key_arn,
        retention_in_days=days,
        region=context.place.region,
        tags=context.tags(name, data_class=DataClass.INTERNAL),
        opts=context.opts(parent, stateful=True, named=True),
    )
