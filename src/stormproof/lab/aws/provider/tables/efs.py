"""Elastic file systems."""

from __future__ import annotations

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, lacking, replaced_by

_SYSTEM = {"FileSystemId": "{id}"}
_OF_SYSTEM = {"FileSystemId": "{fileSystemId}"}
_TAGS = Tagging("tag_resource", "untag_resource", {"ResourceId": "{id}"})
_LIFECYCLE = Call("put_lifecycle_configuration", {**_SYSTEM, "LifecyclePolicies": lambda here: [
    {name[0].upper() + name[1:].replace("ToIa", "ToIA"): value} for policy in here["lifecyclePolicies"]
    for name, value in policy.items()]}, take=(), uses=("lifecyclePolicies",),
    when=lambda here: here.get("lifecyclePolicies"))  # fmt: skip
_GROUPS = Call("modify_mount_target_security_groups", {"MountTargetId": "{id}"}, take=("securityGroups",))

KINDS = (
    Kind(
        "aws:efs/fileSystem:FileSystem", "efs", "{id}", tagging=_TAGS,
        create=(
            Call("create_file_system", {"CreationToken": lambda here: here.get("creationToken") or here["token"]},
                 uses=("creationToken",), out={"id": "FileSystemId", "arn": "FileSystemArn"}),
            _LIFECYCLE,
        ),
        looks=(
            Look("describe_file_systems", _SYSTEM, "FileSystems[0]", {"encrypted": "Encrypted", "kmsKeyId": "KmsKeyId",
                 "performanceMode": "PerformanceMode", "throughputMode": "ThroughputMode"}),
        ),
        update=(_LIFECYCLE,),
        delete=(Call("delete_file_system", _SYSTEM, take=()),),
        outputs={"dnsName": "{id}.efs.{region}.amazonaws.com"},
        replaces=replaced_by("availabilityZoneName creationToken encrypted kmsKeyId performanceMode"),
    ),
    Kind(
        "aws:efs/mountTarget:MountTarget", "efs", "{id}",
        create=(Call("create_mount_target", out={"id": "MountTargetId", "networkInterfaceId": "NetworkInterfaceId"}),),
        looks=(
            Look("describe_mount_targets", {"MountTargetId": "{id}"}, "MountTargets[0]", {"subnetId": "SubnetId"}),
            Look("describe_mount_target_security_groups", {"MountTargetId": "{id}"}, "@",
                 {"securityGroups": "SecurityGroups"}),
        ),
        update=(_GROUPS,),
        delete=(Call("delete_mount_target", {"MountTargetId": "{id}"}, take=()),),
        outputs={"dnsName": "{fileSystemId}.efs.{region}.amazonaws.com"},
        replaces=replaced_by("fileSystemId subnetId ipAddress ipAddressType ipv6Address"),
    ),
    Kind(
        "aws:efs/fileSystemPolicy:FileSystemPolicy", "efs", "{fileSystemId}", again=True,
        create=(Call("put_file_system_policy", _OF_SYSTEM, take=("policy",)),),
        looks=(Look("describe_file_system_policy", _OF_SYSTEM, "@", {"policy": "Policy"}),),
        # moto cannot delete one: the file system takes it along.
        delete=(Call("delete_file_system_policy", _OF_SYSTEM, take=()),),
        options=frozenset({"bypassPolicyLockoutSafetyCheck"}), replaces=replaced_by("fileSystemId"),
    ),
    Kind(
        "aws:efs/accessPoint:AccessPoint", "efs", "{id}", tagging=_TAGS,
        create=(Call("create_access_point", {"ClientToken": "{token}"},
                     out={"id": "AccessPointId", "arn": "AccessPointArn"}),),
        looks=(Look("describe_access_points", {"AccessPointId": "{id}"}, "AccessPoints[0]",
                    {"posixUser": "PosixUser", "rootDirectory": "RootDirectory"}),),
        delete=(Call("delete_access_point", {"AccessPointId": "{id}"}, take=()),),
        replaces=replaced_by("fileSystemId posixUser rootDirectory"),
    ),
    lacking("aws:efs/backupPolicy:BackupPolicy", "fileSystemId", "moto has no put_backup_policy"),
)  # fmt: skip
