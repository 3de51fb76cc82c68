"""The master password of a database is made and kept by AWS, and in no state."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="rds-password-managed",
    title="No database password is in state",
    statements=("7-d", "3.2-c"),
    severity=Severity.HIGH,
    risk="Whoever reads a state file, or an old copy of one, is the database's master.",
    remedy="Let RDS make, keep and rotate the master secret.",
    check=demand(
        ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"),
        "manageMasterUserPassword",
        is_true,
        default=False,
        said="its master password stands in the program or its state",
        fix="set `manage_master_user_password`, and take the password out",
    ),
    soc2=("CC6.1",),
    iso27001=("A.5.17",),
)
