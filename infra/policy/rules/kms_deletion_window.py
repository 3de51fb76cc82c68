"""A key that is deleted by mistake can be taken back for thirty days."""

from __future__ import annotations

from infra.policy.rules._properties import demand
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="kms-deletion-window",
    title="Deleted keys can be taken back for 30 days",
    statements=("3.2-c",),
    severity=Severity.HIGH,
    risk="With the key goes everything that it encrypts, backups as well.",
    remedy="Leave the window at 30 days, and have an alarm on ScheduleKeyDeletion.",
    check=demand(
        ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"),
        "deletionWindowInDays",
        lambda value: int(value) >= 30,
        default=30,
        said="it is gone {value} days after somebody deletes it",
        fix="set `deletion_window_in_days` to 30",
    ),
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
)
