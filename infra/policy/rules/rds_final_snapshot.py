"""A database that is deleted leaves a snapshot behind."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_false
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="rds-final-snapshot",
    title="A deleted database leaves a snapshot",
    statements=("1-b", "9-a"),
    severity=Severity.HIGH,
    risk="What was written since the newest backup goes with the database.",
    remedy="Leave `skip_final_snapshot` off and give `final_snapshot_identifier`.",
    check=demand(
        (
            "aws:rds/instance:Instance",
            "aws:rds/cluster:Cluster",
            "aws:docdb/cluster:Cluster",
            "aws:neptune/cluster:Cluster",
        ),
        "skipFinalSnapshot",
        is_false,
        default=False,
        said="its deletion leaves no snapshot",
        fix="leave `skip_final_snapshot` out, and name the snapshot",
        lab_too=False,
    ),
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
