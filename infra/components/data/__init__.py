"""What the service keeps its data in, and the heartbeat in each: fronts of the layer `primary`.

Pulumi's modules are imported only for what is declared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from infra.context import Context
from infra.spec.key_table import replica_key
from infra.spec.network import Tier

if TYPE_CHECKING:
    import pulumi

    from infra.components.data.heartbeat import Stores
    from infra.components.keys import Keys

APPLICATION = "application"  # the role that uses the stores (`declare_workload_roles`)


class Tiers(Protocol):
    """What the stores need of a network."""

    def subnet_ids(self, tier: Tier) -> list[pulumi.Output[str]]: ...

    def group_id(self, tier: Tier) -> pulumi.Output[str]: ...


def declare_data(context: Context, keys: Keys, network: Tiers) -> dict[str, Any]:
    """Every store that the settings turn on, and the heartbeat in it. Raises: BundleMissing.

    Outputs (none for what is off): `databaseIdentifier`, `databaseAddress`, `databasePort`, `databaseName`,
    `databaseMasterSecretArn`, `databaseReplicatedTo`, `databaseSetup` (`function`, or `by hand`), `filesBucket`, `filesReplicaBucket`, `tableName`, `fileSystemId`,
    `accessPointId`, `secretNames`, `heartbeatStores`, `heartbeatUncertaintySeconds`, `heartbeatLogGroup`.
    """
    from infra.components.data.heartbeat import Stores

    spec = context.settings.data
    outputs: dict[str, Any] = {}
    rows: dict[str, Any] = {}
    replica = _replica_key(context)
    if spec.database is not None:
        made, rows["row"] = _database(context, keys, network, replica)
        outputs |= made
    if spec.table is not None:
        made, rows["item"] = _table(context, keys)
        outputs |= made
    if spec.files is not None:
        made, rows["object"] = _files(context, keys, replica)
        outputs |= made
    if spec.file_system is not None:
        outputs |= _file_system(context, keys, network)
    if spec.secrets is not None and spec.secrets.names:
        outputs |= _secrets(context, keys, network)
    stores = Stores(**rows, rights=_rights(context, tuple(rows)))
    return outputs | declare_heartbeat(context, keys, network, stores)


def declare_heartbeat(context: Context, keys: Keys, network: Tiers, stores: Stores) -> dict[str, Any]:
    """The heartbeat in these stores; nothing where it is off, or there is no store. Raises: BundleMissing."""
    from infra.components.data.heartbeat import WHAT, Heartbeat

    spec, database = context.settings.data.heartbeat, context.settings.data.database
    if spec is None or not stores.names:
        return {}
    made = Heartbeat(
        "heartbeat", context, spec, stores, subnet_ids=network.subnet_ids(Tier.MANAGEMENT),
        group_id=network.group_id(Tier.MANAGEMENT), key_arn=keys.arn("internal"),
        ca_bundle=database.ca_bundle if database else None, opts=context.top(),
    )  # fmt: skip
    return {
        "heartbeatStores": list(stores.names),
        "heartbeatUncertaintySeconds": made.uncertainty_s,
        "heartbeatLogGroup": context.names.log_group(WHAT),
    }


def _replica_key(context: Context) -> pulumi.Output[str] | None:
    """One key in the recovery region for what stores replicate there by themselves; none without such a store."""
    from infra.components.keys import Keys

    spec = context.settings.data
    wanted = (spec.database is not None and spec.database.replicated) or (
        spec.files is not None and spec.files.replicated
    )
    if not wanted:
        return None
    there = context.in_region(context.settings.regions.recovery)
    return Keys("replica-keys", there, [replica_key()], context.top()).arn("replicated")


def _database(
    context: Context, keys: Keys, network: Tiers, replica: pulumi.Output[str] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    from infra.components.data.database import PORT, Database, DatabasePlaces
    from infra.components.data.setup import DatabaseSetup

    spec, heartbeat = context.settings.data.database, context.settings.data.heartbeat
    assert spec is not None, "asked for only where it is on"
    places = DatabasePlaces(
        subnet_ids=network.subnet_ids(Tier.DATA),
        group_id=network.group_id(Tier.DATA),
        key_arn=keys.arn("restricted"),
        logs_key_arn=keys.arn("internal"),
        replica_key_arn=replica if spec.replicated else None,
    )
    made = Database("database", context, spec, places, context.top())
    outputs = {
        "databaseIdentifier": made.identifier,
        "databaseAddress": made.address,
        "databasePort": PORT,
        "databaseName": spec.name,
        "databaseMasterSecretArn": made.master_secret_arn,
    }
    if spec.replicated:
        outputs["databaseReplicatedTo"] = context.settings.regions.recovery
    where: dict[str, pulumi.Input[str]] = {
        "DATABASE_HOST": made.address,
        "DATABASE_PORT": str(PORT),
        "DATABASE_NAME": spec.name,
    }
    if heartbeat is None:
        return outputs, where
    outputs["databaseSetup"] = "by hand"
    if heartbeat.setup and _reaches_secrets(context):
        outputs["databaseSetup"] = "function"
        told: dict[str, pulumi.Input[str]] = {
            **where,
            "HEARTBEAT_USER": heartbeat.database_user,
            "VERIFIER_USER": context.settings.recovery.verifier_user,
            "MASTER_SECRET": made.master_secret_arn,
        }
        DatabaseSetup(
            context, told, database_arn=made.arn, ca_bundle=spec.ca_bundle, subnet_ids=network.subnet_ids(Tier.MANAGEMENT),
            group_id=network.group_id(Tier.MANAGEMENT), key_arn=keys.arn("internal"), opts=context.top(),
        )  # fmt: skip
    return outputs, {**where, "DATABASE_USER": heartbeat.database_user}


def _table(context: Context, keys: Keys) -> tuple[dict[str, Any], dict[str, Any]]:
    from infra.components.data.table import Table

    spec = context.settings.data.table
    assert spec is not None, "asked for only where it is on"
    made = Table("table", context, spec, keys.arn("restricted"), context.top())
    item = {"TABLE": made.name, "TABLE_HASH_KEY": spec.hash_key, "TABLE_RANGE_KEY": spec.range_key}
    return {"tableName": made.name}, item


def _files(context: Context, keys: Keys, replica: pulumi.Output[str] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    from infra.components.data.files import Files

    spec = context.settings.data.files
    assert spec is not None, "asked for only where it is on"
    made = Files("files", context, spec, key_arn=keys.arn("confidential"), replica_key_arn=replica, opts=context.top())
    outputs = {"filesBucket": made.name}
    if made.replica is not None:
        outputs["filesReplicaBucket"] = made.replica
    return outputs, {"BUCKET": made.name}


def _file_system(context: Context, keys: Keys, network: Tiers) -> dict[str, Any]:
    from infra.components.data.file_system import FileSystem

    spec = context.settings.data.file_system
    assert spec is not None, "asked for only where it is on"
    made = FileSystem(
        "file-system", context, spec, subnet_ids=network.subnet_ids(Tier.DATA), group_id=network.group_id(Tier.DATA),
        key_arn=keys.arn("confidential"), application=_application(context), opts=context.top(),
    )  # fmt: skip
    return {"fileSystemId": made.id, "accessPointId": made.access_point_id}


def _secrets(context: Context, keys: Keys, network: Tiers) -> dict[str, Any]:
    from infra.components.data.secrets import Secrets

    spec = context.settings.data.secrets
    assert spec is not None, "asked for only where it is on"
    made = Secrets(
        "secrets", context, spec,
        # without the endpoint nothing of AWS is reached from inside; it touches nothing of ours, so it may stay outside
        subnet_ids=network.subnet_ids(Tier.MANAGEMENT) if _reaches_secrets(context) else [],
        group_id=network.group_id(Tier.MANAGEMENT), key_arn=keys.arn("restricted"),
        internal_key_arn=keys.arn("internal"), application=_application(context), opts=context.top(),
    )  # fmt: skip
    return {"secretNames": made.names}


def _reaches_secrets(context: Context) -> bool:
    """Whether the management tier reaches Secrets Manager."""
    egress = context.settings.egress
    return egress.switches(prod=context.settings.is_prod).interface_endpoints and "secretsmanager" in egress.services


def _application(context: Context) -> str:
    return context.names.role_arn(APPLICATION, context.place)


def _rights(context: Context, stores: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the heartbeat may do in the stores that there are."""
    from infra.components.data import files, heartbeat, table

    names, place, spec = context.names, context.place, context.settings.data.heartbeat
    if spec is None:
        return []
    made = {
        "row": heartbeat.row_rights(context, spec.database_user),
        "item": heartbeat.item_rights(context, names.table_arn(table.WHAT, place)),
        "object": heartbeat.object_rights(context, names.bucket_arn(files.WHAT, place)),
    }
    keys = [heartbeat.key_rights(context)] if {"item", "object"} & set(stores) else []
    return [made[store] for store in stores] + keys
