"""The database: encrypted, in two zones, over TLS alone, and no password of it in any state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.infra_components import broken_rules, of, weakened
from tests.support.pulumi_mocks import Declared
from tests.unit.infra.components.data.stores import LAB, everything, named, only, ran

INSTANCE, GROUP = "aws:rds/instance:Instance", "aws:rds/parameterGroup:ParameterGroup"
REPLICATION = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
SUBNETS, LOGS = "aws:rds/subnetGroup:SubnetGroup", "aws:cloudwatch/logGroup:LogGroup"
KEY_OF_DATA, KEY_OF_LOGS, KEY_THERE = "keys-restricted", "keys-internal", "replica-keys-replicated"


def _instance(**data: Any) -> dict[str, Any]:
    found = only(ran({"database": data}) if data else everything(), INSTANCE)
    return found.inputs


def _keys(of_what: Declared, *properties: str) -> set[str]:
    """Names of the keys that properties are made from."""
    urns = [urn for name in properties for urn in of_what.depends[name]]
    return {urn.rpartition("::")[2] for urn in urns if urn.split("::")[2].endswith("aws:kms/key:Key")}


def test_storage_password_and_insights_are_encrypted_with_the_key_of_restricted_data() -> None:
    instance = only(everything(), INSTANCE)
    assert instance.inputs["storageEncrypted"] is True
    assert _keys(instance, "kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId") == {KEY_OF_DATA}


def test_no_password_is_declared_and_people_and_services_log_in_by_iam() -> None:
    inputs = _instance()
    assert inputs["manageMasterUserPassword"] is True
    assert inputs["iamDatabaseAuthenticationEnabled"] is True
    assert not {"password", "passwordWo"} & set(inputs)


def test_it_lies_in_two_zones_of_the_data_tier_without_an_address_outside() -> None:
    inputs = _instance()
    assert (inputs["multiAz"], inputs["publiclyAccessible"]) == (True, False)
    subnets = only(everything(), SUBNETS)
    names = {urn.rpartition("::")[2] for urn in subnets.depends["subnetIds"]}
    assert len(names) == 2
    assert all("data" in name for name in names)
    assert inputs["dbSubnetGroupName"] == subnets.inputs["name"]


def test_its_parameters_refuse_whoever_comes_without_tls() -> None:
    group = only(everything(), GROUP).inputs
    values = {one["name"]: one["value"] for one in group["parameters"]}
    assert values["rds.force_ssl"] == "1"
    assert values["ssl_min_protocol_version"] == "TLSv1.2"
    assert group["family"] == "postgres17"
    assert _instance()["parameterGroupName"] == group["name"]


def test_point_in_time_recovery_is_rds_s_own_and_replicated_under_a_key_of_the_other_region() -> None:
    found = everything()
    assert only(found, INSTANCE).inputs["backupRetentionPeriod"] == 14
    there = only(found, REPLICATION)
    assert (there.region, there.inputs["retentionPeriod"]) == ("eu-west-1", 14)
    assert _keys(there, "kmsKeyId") == {KEY_THERE}
    assert named(found, KEY_THERE).region == "eu-west-1"


def test_without_replication_nothing_is_declared_in_the_other_region() -> None:
    found = ran({"database": {"replicated": False}, "files": None, "secrets": None})
    assert not of(found.declared, REPLICATION)
    assert {one.region for one in found.declared if one.region} == {"eu-central-1"}
    assert "databaseReplicatedTo" not in found.outputs


def test_it_goes_with_a_snapshot_and_not_by_one_call() -> None:
    inputs = _instance()
    assert inputs["deletionProtection"] is True
    assert (inputs["skipFinalSnapshot"], inputs["finalSnapshotIdentifier"]) == (False, "shop-prod-database-final")
    assert inputs["deleteAutomatedBackups"] is False
    assert inputs["copyTagsToSnapshot"] is True


def test_minor_versions_come_by_themselves_and_major_ones_never() -> None:
    inputs = _instance()
    assert (inputs["autoMinorVersionUpgrade"], inputs["allowMajorVersionUpgrade"]) == (True, False)


def test_its_logs_are_kept_in_groups_that_are_there_before_rds_makes_them() -> None:
    found = everything()
    groups = [one for one in of(found.declared, LOGS) if one.inputs["name"].startswith("/aws/rds/")]
    assert [one.inputs["name"] for one in groups] == [
        f"/aws/rds/instance/shop-prod-database/{log}"
        for log in only(found, INSTANCE).inputs["enabledCloudwatchLogsExports"]
    ]
    assert {one.urn for one in groups} <= set(only(found, INSTANCE).depends_on)
    assert all(_keys(one, "kmsKeyId") == {KEY_OF_LOGS} for one in groups)


def test_monitoring_is_assumed_by_rds_for_this_account_alone() -> None:
    trust = json.loads(named(everything(), "role-database-monitoring-role").inputs["assumeRolePolicy"])
    [said] = trust["Statement"]
    assert said["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert said["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_monitoring_and_insights_can_be_left_out() -> None:
    found = ran({"database": {"monitoringSeconds": 0, "performanceInsights": False}})
    inputs = only(found, INSTANCE).inputs
    assert inputs["monitoringInterval"] == 0
    assert "monitoringRoleArn" not in inputs
    assert "performanceInsightsKmsKeyId" not in inputs
    assert not [one for one in found.declared if one.name.startswith("role-database-monitoring")]


def test_it_carries_what_backups_select_it_by() -> None:
    tags = _instance()["tags"]
    assert {key: tags[key] for key in ("tier", "data-class", "backup", "rpo", "environment")} == {
        "tier": "data", "data-class": "restricted", "backup": "daily", "rpo": "5m", "environment": "production",
    }  # fmt: skip


def test_its_outputs_are_what_a_recovery_must_know() -> None:
    outputs = everything().outputs
    known = {name: one.value for name, one in outputs.items() if name.startswith("database")}
    assert known["databaseIdentifier"] == "shop-prod-database"
    assert (known["databasePort"], known["databaseName"]) == (5432, "app")
    assert known["databaseReplicatedTo"] == "eu-west-1"
    assert set(known) >= {"databaseAddress", "databaseMasterSecretArn"}
    assert not any(one.secret for one in outputs.values())


def test_the_lab_s_can_be_thrown_away() -> None:
    found = ran(**LAB)
    instance = only(found, INSTANCE)
    assert (instance.protect, instance.retain) == (False, False)
    inputs = instance.inputs
    assert (inputs["deletionProtection"], inputs["skipFinalSnapshot"], inputs["deleteAutomatedBackups"]) == (
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (INSTANCE, {"storageEncrypted": False}, "rds-encrypted"),
        (INSTANCE, {"kmsKeyId": None}, "rds-encrypted"),
        (INSTANCE, {"multiAz": False}, "rds-in-two-zones"),
        (INSTANCE, {"publiclyAccessible": True}, "rds-not-public"),
        (INSTANCE, {"manageMasterUserPassword": False}, "rds-password-managed"),
        (INSTANCE, {"deletionProtection": False}, "rds-deletion-protected"),
        (INSTANCE, {"skipFinalSnapshot": True}, "rds-final-snapshot"),
        (INSTANCE, {"autoMinorVersionUpgrade": False}, "rds-minor-versions-applied"),
        (INSTANCE, {"engineVersion": "11"}, "rds-engine-supported"),
        (INSTANCE, {"backupRetentionPeriod": 0}, "backup-rpo-can-be-kept"),
        (GROUP, {"parameters": [{"name": "rds.force_ssl", "value": "0"}]}, "rds-tls-forced"),
    ],
)
def test_a_weakened_database_breaks_a_rule(kind: str, changes: dict[str, Any], rule: str) -> None:
    seen = everything().declared
    before = broken_rules(seen).get(rule, [])
    assert len(broken_rules(weakened(seen, kind, **changes)).get(rule, [])) > len(before)
