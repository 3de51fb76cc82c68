"""A production database has a standby in another zone."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import Rule


def _is_critical(database: Resource) -> bool:
    """Said by a tag: `environment: production` or `criticality: critical`. A replica is a second place already."""
    if database.declares("replicateSourceDb") or str(database.get("engine")).startswith("aurora"):
        return False
    return database.tag("environment") in ("production", "prod") or database.tag("criticality") == "critical"


RULE = Rule(
    id="rds-in-two-zones",
    title="Production databases have a standby in another zone",
    statements=("1-c", "9-d"),
    severity=Severity.HIGH,
    risk="When one zone has a bad day the service is down until somebody restores it elsewhere.",
    remedy="Set `multi_az`.",
    check=demand(
        ("aws:rds/instance:Instance",),
        "multiAz",
        is_true,
        default=False,
        said="it lies in one zone",
        fix="set `multi_az`",
        only=_is_critical,
    ),
    soc2=("A1.1", "A1.2"),
    iso27001=("A.8.14",),
    cis=("2.2.4",),
)
