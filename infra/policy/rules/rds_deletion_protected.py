"""A database cannot be deleted by mistake."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="rds-deletion-protected",
    title="Databases are protected from deletion",
    statements=("1-b",),
    severity=Severity.HIGH,
    risk="One wrong call, or one wrong name in a program, deletes production.",
    remedy="Set `deletion_protection`; taking it away is a change of its own that somebody reviews.",
    check=demand(
        (
            "aws:rds/instance:Instance",
            "aws:rds/cluster:Cluster",
            "aws:docdb/cluster:Cluster",
            "aws:neptune/cluster:Cluster",
        ),
        "deletionProtection",
        is_true,
        default=False,
        said="it can be deleted by one call",
        fix="set `deletion_protection`",
        lab_too=False,
    ),
    soc2=("PI1.5", "A1.2"),
    iso27001=("A.8.13",),
)
