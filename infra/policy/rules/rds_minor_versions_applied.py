"""A database takes its minor versions by itself."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="rds-minor-versions-applied",
    title="Databases take security fixes by themselves",
    statements=("3.1-c",),
    severity=Severity.MEDIUM,
    risk="Known holes stay open until somebody remembers.",
    remedy="Leave `auto_minor_version_upgrade` on.",
    check=demand(
        ("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance"),
        "autoMinorVersionUpgrade",
        is_true,
        default=True,
        said="it takes no minor version by itself",
        fix="leave `auto_minor_version_upgrade` on, and set a maintenance window",
    ),
    soc2=("CC7.1",),
    iso27001=("A.8.8",),
    cis=("2.2.2",),
)
