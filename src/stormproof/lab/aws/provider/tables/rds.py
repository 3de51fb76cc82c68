"""Relational databases: instances and the groups they stand in."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, lacking, replaced_by

_TAGS = Tagging("add_tags_to_resource", "remove_tags_from_resource", {"ResourceName": "{arn}"})
_INSTANCE = {"DBInstanceIdentifier": "{identifier}"}
_RENAME = {
    "identifier": "DBInstanceIdentifier", "instanceClass": "DBInstanceClass", "parameterGroupName": "DBParameterGroupName",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication", "password": "MasterUserPassword",
    "username": "MasterUsername", "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports", "multiAz": "MultiAZ",
    "performanceInsightsEnabled": "EnablePerformanceInsights", "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "backupWindow": "PreferredBackupWindow", "maintenanceWindow": "PreferredMaintenanceWindow",
    "dbName": "DBName", "caCertIdentifier": "CACertificateIdentifier",
}  # fmt: skip
_CHANGEABLE = (
    "allocatedStorage", "instanceClass", "vpcSecurityGroupIds", "backupRetentionPeriod", "backupWindow", "multiAz",
    "maintenanceWindow", "engineVersion", "autoMinorVersionUpgrade", "deletionProtection", "publiclyAccessible",
    "parameterGroupName", "copyTagsToSnapshot", "monitoringInterval", "monitoringRoleArn", "caCertIdentifier",
    "iamDatabaseAuthenticationEnabled", "performanceInsightsEnabled", "maxAllocatedStorage", "password",
)  # fmt: skip
_PARAMETERS = Call(
    "modify_db_parameter_group", {"DBParameterGroupName": "{name}", "Parameters": lambda here: here["item"]}, take=(),
    uses=("parameters",),
    # AWS: at most 20 parameters in one call.
    each=lambda here: [_parameters(here)[i : i + 20] for i in range(0, len(_parameters(here)), 20)],
)  # fmt: skip


def _parameters(here: Values) -> list[Any]:
    return [
        {"ParameterName": p["name"], "ParameterValue": str(p["value"]), "ApplyMethod": p.get("applyMethod", "immediate")}
        for p in here.get("parameters") or []
    ]  # fmt: skip


def _kept_parameters(answer: Any, here: Values) -> dict[str, Any]:
    held = {p["ParameterName"]: p.get("ParameterValue") for p in answer["Parameters"]}
    return {"declared": [{**p, "value": held.get(p["name"])} for p in here.get("parameters") or []]}


KINDS = (
    Kind(
        "aws:rds/instance:Instance", "rds", "{resourceId}", names="identifier", tagging=_TAGS,
        create=(Call("create_db_instance", rename=_RENAME,
                     out={"arn": "DBInstance.DBInstanceArn", "resourceId": "DBInstance.DbiResourceId"}),),
        looks=(Look("describe_db_instances", _INSTANCE, "DBInstances[0]", {
            "storageEncrypted": "StorageEncrypted", "kmsKeyId": "KmsKeyId", "multiAz": "MultiAZ",
            "publiclyAccessible": "PubliclyAccessible", "deletionProtection": "DeletionProtection",
            "backupRetentionPeriod": "BackupRetentionPeriod", "dbSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
            "vpcSecurityGroupIds": "VpcSecurityGroups[].VpcSecurityGroupId", "engine": "Engine",
            "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
            "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
            "parameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
        }, fills={"address": "Endpoint.Address", "port": "Endpoint.Port", "hostedZoneId": "Endpoint.HostedZoneId",
                  "endpoint": "Endpoint.join(':', [Address, to_string(Port)])", "status": "DBInstanceStatus",
                  "engineVersionActual": "EngineVersion",
                  "masterUserSecrets": "MasterUserSecret && [{secretArn: MasterUserSecret.SecretArn, "
                                       "kmsKeyId: MasterUserSecret.KmsKeyId, "
                                       "secretStatus: MasterUserSecret.SecretStatus}]"}),),
        update=(Call("modify_db_instance", {**_INSTANCE, "ApplyImmediately": True}, take=_CHANGEABLE, rename=_RENAME,
                     uses=("applyImmediately",)),),
        delete=(Call("delete_db_instance", {**_INSTANCE, "SkipFinalSnapshot": lambda here:
                     bool(here.get("skipFinalSnapshot")), "FinalDBSnapshotIdentifier": lambda here:
                     None if here.get("skipFinalSnapshot") else here.get("finalSnapshotIdentifier")}, take=()),),
        options=frozenset({"applyImmediately", "skipFinalSnapshot", "finalSnapshotIdentifier",
                           "deleteAutomatedBackups", "allowMajorVersionUpgrade"}),
        replaces=replaced_by("engine dbName username storageEncrypted kmsKeyId availabilityZone characterSetName "
                             "ncharCharacterSetName timezone backupTarget snapshotIdentifier s3Import "
                             "restoreToPointInTime customIamInstanceProfile"),
    ),
    Kind(
        "aws:rds/subnetGroup:SubnetGroup", "rds", "{name}", names="name", tagging=_TAGS,
        create=(Call("create_db_subnet_group", {"DBSubnetGroupName": "{name}", "DBSubnetGroupDescription": lambda here:
                     here.get("description", "Managed by Pulumi")}, uses=("description",),
                     out={"arn": "DBSubnetGroup.DBSubnetGroupArn", "vpcId": "DBSubnetGroup.VpcId"}),),
        looks=(Look("describe_db_subnet_groups", {"DBSubnetGroupName": "{name}"}, "DBSubnetGroups[0]",
                    {"subnetIds": "Subnets[].SubnetIdentifier"}),),
        update=(Call("modify_db_subnet_group", {"DBSubnetGroupName": "{name}"}, take=("subnetIds",)),),
        delete=(Call("delete_db_subnet_group", {"DBSubnetGroupName": "{name}"}, take=()),),
        replaces=replaced_by("name namePrefix"),
    ),
    Kind(
        "aws:rds/parameterGroup:ParameterGroup", "rds", "{name}", names="name", tagging=_TAGS,
        create=(
            Call("create_db_parameter_group", {"DBParameterGroupName": "{name}", "DBParameterGroupFamily": "{family}",
                                               "Description": lambda here: here.get("description", "Managed by Pulumi")},
                 uses=("description",), out={"arn": "DBParameterGroup.DBParameterGroupArn"}),
            _PARAMETERS,
        ),
        looks=(
            Look("describe_db_parameter_groups", {"DBParameterGroupName": "{name}"}, "DBParameterGroups[0]",
                 {"family": "DBParameterGroupFamily"}),
            Look("describe_db_parameters", {"DBParameterGroupName": "{name}"}, _kept_parameters,
                 {"parameters": "declared"}),
        ),
        update=(_PARAMETERS,),
        delete=(Call("delete_db_parameter_group", {"DBParameterGroupName": "{name}"}, take=()),),
        options=frozenset({"skipDestroy"}), replaces=replaced_by("name namePrefix family description"),
    ),
    Kind(
        "aws:rds/eventSubscription:EventSubscription", "rds", "{name}", names="name", tagging=_TAGS,
        create=(Call("create_event_subscription", {"SubscriptionName": "{name}"},
                     rename={"snsTopic": "SnsTopicArn"}, out={"arn": "EventSubscription.EventSubscriptionArn"}),),
        looks=(Look("describe_event_subscriptions", {"SubscriptionName": "{name}"}, "EventSubscriptionsList[0]",
                    {"snsTopic": "SnsTopicArn", "sourceType": "SourceType", "enabled": "Enabled"}),),
        delete=(Call("delete_event_subscription", {"SubscriptionName": "{name}"}, take=()),),
        replaces=replaced_by("name namePrefix"),
    ),
    lacking("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
            "sourceDbInstanceArn kmsKeyId preSignedUrl retentionPeriod",
            "moto has no start_db_instance_automated_backups_replication"),
)  # fmt: skip
