"""PostgreSQL on RDS: encrypted, in two zones, over TLS alone, without a password in any state."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, rds

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.log_group import DAYS_DEFAULT
from infra.context import Component, Context
from infra.spec.data import DatabaseSpec
from infra.spec.settings import DataClass

WHAT = "database"
MASTER = "master"
PORT = 5432
LOGS = ("postgresql", "upgrade", "iam-db-auth-error")
INSIGHTS_DAYS = 7  # AWS: free for so long
MONITORING = "monitoring.rds.amazonaws.com"
MONITORING_POLICY = "service-role/AmazonRDSEnhancedMonitoringRole"
# Kept in the group of the major version, so that an upgrade takes a new one with it. `immediate` where AWS can.
PARAMETERS = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "password_encryption": "scram-sha-256",
    "rds.accepted_password_auth_method": "scram",
    "log_connections": "1",
    "log_disconnections": "1",
    "log_min_duration_statement": "5000",  # ms
    "log_statement": "ddl",
}


@dataclass(frozen=True)
class DatabasePlaces:
    """What the database is put into.

    Args:
        subnet_ids: of the data tier, two zones at least.
        key_arn: of restricted data. logs_key_arn: of internal data; its policy admits RDS's log groups.
        replica_key_arn: in the recovery region; None: nothing is replicated.
    """

    subnet_ids: list[pulumi.Output[str]]
    group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    replica_key_arn: pulumi.Input[str] | None


class Database(Component):
    """One instance. `identifier` and `arn` are computed; `address` is known once it is made."""

    def __init__(
        self,
        name: str,
        context: Context,
        spec: DatabaseSpec,
        places: DatabasePlaces,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Database", name, context, opts)
        self._logical, self.spec, self._places = name, spec, places
        self.identifier: str = context.names.name(WHAT)
        self.arn: str = context.names.database_arn(WHAT, context.place)
        self.instance = self._instance()
        self.address: pulumi.Output[str] = self.instance.address
        self.master_secret_arn: pulumi.Output[str] = self.instance.master_user_secrets.apply(
            lambda held: str(held[0].secret_arn) if held else ""
        )
        if places.replica_key_arn is not None:
            self._replicated(places.replica_key_arn)
        self.register_outputs({"identifier": self.identifier})

    def _instance(self) -> rds.Instance:
        context, spec, places = self.context, self.spec, self._places
        monitoring = self._monitoring_role() if spec.monitoring_seconds else None
        return rds.Instance(
            self._logical,
            identifier=self.identifier,
            engine="postgres",
            engine_version=spec.version,
            instance_class=spec.instance_class,
            db_name=spec.name,
            port=PORT,
            username=MASTER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=places.key_arn,
            iam_database_authentication_enabled=True,
            allocated_storage=spec.storage_gib,
            max_allocated_storage=spec.storage_max_gib,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=places.key_arn,
            multi_az=spec.multi_az,
            publicly_accessible=False,
            db_subnet_group_name=self._subnet_group().name,
            vpc_security_group_ids=[places.group_id],
            parameter_group_name=self._parameters().name,
            backup_retention_period=spec.point_in_time_days,
            backup_window=spec.backup_window,
            delete_automated_backups=context.disposable,
            copy_tags_to_snapshot=True,
            deletion_protection=not context.disposable,
            skip_final_snapshot=context.disposable,
            final_snapshot_identifier=None if context.disposable else f"{self.identifier}-final",
            maintenance_window=spec.maintenance_window,
            auto_minor_version_upgrade=True,
            allow_major_version_upgrade=False,
            apply_immediately=context.disposable,
            monitoring_interval=spec.monitoring_seconds,
            monitoring_role_arn=monitoring.arn if monitoring else None,
            performance_insights_enabled=spec.performance_insights,
            performance_insights_kms_key_id=places.key_arn if spec.performance_insights else None,
            performance_insights_retention_period=INSIGHTS_DAYS if spec.performance_insights else None,
            enabled_cloudwatch_logs_exports=LOGS,
            region=context.place.region,
            tags=context.tags(
                self.identifier, data_class=DataClass.RESTRICTED, tier="data", backup=spec.backup, rpo=spec.promise
            ),
            # RDS would make the groups itself, without a key and without an end.
            opts=context.opts(
                self, stateful=True, named=True, depends_on=[*self._log_groups(), *([monitoring] if monitoring else [])]
            ),
        )

    def _subnet_group(self) -> rds.SubnetGroup:
        context = self.context
        name = context.names.name(WHAT)
        return rds.SubnetGroup(
            f"{self._logical}-subnets",
            name=name,
            description="The data tier: no route out",
            subnet_ids=self._places.subnet_ids,
            region=context.place.region,
            tags=context.tags(name, tier="data"),
            opts=context.opts(self, named=True),
        )

    def _parameters(self) -> rds.ParameterGroup:
        context, spec = self.context, self.spec
        name = f"{context.names.name(WHAT)}-{spec.version}"
        return rds.ParameterGroup(
            f"{self._logical}-parameters",
            name=name,
            family=f"postgres{spec.version}",
            description="TLS alone, and what was asked of it is logged",
            parameters=[
                {"name": parameter, "value": value, "apply_method": "immediate"}
                for parameter, value in PARAMETERS.items()
            ],
            region=context.place.region,
            tags=context.tags(name),
            opts=context.opts(self, guard=True, named=True),
        )

    def _log_groups(self) -> list[pulumi.Resource]:
        context = self.context
        made: list[pulumi.Resource] = []
        for log in LOGS:
            name = context.names.database_log_group(WHAT, log)
            made.append(
                cloudwatch.LogGroup(
                    f"{self._logical}-{log}-logs",
                    name=name,
                    kms_key_id=self._places.logs_key_arn,
                    retention_in_days=DAYS_DEFAULT,
                    region=context.place.region,
                    tags=context.tags(name, data_class=DataClass.INTERNAL),
                    opts=context.opts(self, stateful=True, named=True),
                )
            )
        return made

    def _monitoring_role(self) -> Role:
        context = self.context
        return Role(
            f"{WHAT}-monitoring",
            context,
            trust=service_trust(MONITORING, context.place),
            policy=None,
            managed=[MONITORING_POLICY],
            limit=BOUNDARY_WORKLOAD,
            description="RDS writes figures of the operating system into its log group",
            opts=context.opts(self),
        )

    def _replicated(self, key_arn: pulumi.Input[str]) -> None:
        """Declared in the region that receives. It keeps data: RDS deletes what was replicated when it ends."""
        there = self.context.in_region(self.context.settings.regions.recovery)
        rds.InstanceAutomatedBackupsReplication(
            f"{self._logical}-replicated",
            source_db_instance_arn=self.instance.arn,
            kms_key_id=key_arn,
            retention_period=self.spec.point_in_time_days,
            region=there.place.region,
            opts=there.opts(self, stateful=True),
        )
