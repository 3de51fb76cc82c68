"""Who notices: fronts of the layers. Pulumi is imported only when something is declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pulumi

    from infra.components.keys import Keys
    from infra.components.notices import Notices
    from infra.context import Context


def declare_detection(context: Context, keys: Keys, notices: Notices) -> dict[str, Any]:
    """Everything of an account that watches, with its defaults.

    Args:
        keys: with `audit`.

    Outputs: the trail's ARN, where its files lie, whether that is apart, and what is weaker than it could be.
    """
    from infra.components.detection.alarms import TrailAlarms
    from infra.components.detection.defaults import AccountDefaults
    from infra.components.detection.events import FINDINGS, INTRUSIONS, Events
    from infra.components.detection.recorder import Recorder
    from infra.components.detection.regions import watch_regions, weaker_members
    from infra.components.detection.stores import NOT_APART, TRAIL, Stores, is_store, store_place
    from infra.components.detection.trail import Trail
    from infra.components.detection.watches import watches

    settings, top, key = context.settings, context.top(), keys.arn("audit")
    ready = [*Stores("stores", context, key, top).ready] if is_store(context) else []
    trail = Trail("trail", context, key, depends_on=ready, opts=top)
    TrailAlarms(
        "trail-alarms", context, watches(context.names), log_group=trail.log_group, topic_arn=notices.arn,
        depends_on=[trail.group], opts=top,
    )  # fmt: skip
    AccountDefaults("defaults", context, top)
    if settings.detection.recorder != "off":
        Recorder("recorder", context, key, depends_on=ready, opts=top)
    watch_regions(context)
    heard = FINDINGS if settings.detection.security_hub else INTRUSIONS
    Events("events", context, [heard], topic_arn=notices.arn, depends_on=[notices.policy], opts=top)
    apart = settings.accounts.log is not None
    if not apart:
        _warn(NOT_APART)
    return {
        "trailArn": trail.arn,
        "auditBucket": context.names.bucket(TRAIL, store_place(context)),
        "logsApart": apart,
        "weaker": [*([] if apart else [NOT_APART]), *weaker_members(settings, context.place.account)],
    }


def declare_alarms(
    context: Context,
    keys: Keys | None,
    notices: Notices,
    *,
    database: str | None = None,
    balancer: pulumi.Input[str] | None = None,
    target_group: pulumi.Input[str] | None = None,
    tables: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Alarms of the layer `primary`: failed backups and copies, the database, the load balancer.

    Args:
        keys: not needed; the notices' topic is encrypted already.
        database: its identifier.
        balancer, target_group: `arn_suffix` of each, as CloudWatch names them.
        tables: logical name -> name of a DynamoDB table.
    """
    from infra.components.detection.service_alarms import ServiceAlarms

    ServiceAlarms(
        "service-alarms", context, notices, database=database, balancer=balancer, target_group=target_group,
        tables=tables or {}, opts=context.top(),
    )  # fmt: skip
    return {"noticesArn": notices.arn}


def watch_backups(context: Context, notices: Notices) -> None:
    """Failed backups, copies and restores of the context's region: for each layer that has vaults or restores."""
    from infra.components.detection.events import BACKUPS, Events

    Events("backup-events", context, BACKUPS, topic_arn=notices.arn, depends_on=[notices.policy], opts=context.top())


def _warn(text: str) -> None:
    import pulumi

    pulumi.log.warn(text)
