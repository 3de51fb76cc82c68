"""A database has no address on the internet."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_false
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="rds-not-public",
    title="Databases have no public address",
    statements=("1-a", "3.1-b"),
    severity=Severity.CRITICAL,
    risk="One wrong group, and the database answers the internet.",
    remedy="Keep `publicly_accessible` off; operators come through the management tier.",
    check=demand(
        (
            "aws:rds/instance:Instance",
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:redshift/cluster:Cluster",
            "aws:redshiftserverless/workgroup:Workgroup",
            "aws:dms/replicationInstance:ReplicationInstance",
        ),
        "publiclyAccessible",
        is_false,
        default=False,
        said="it has an address on the internet",
        fix="leave `publicly_accessible` out",
    ),
    soc2=("CC6.6",),
    iso27001=("A.8.20",),
    cis=("2.2.3",),
)
