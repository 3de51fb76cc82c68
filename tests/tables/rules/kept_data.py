"""What keeps data, and the machines beside it: versions, patches, encryption."""

from __future__ import annotations

from typing import Any

from declared import Ref, Twins, document, res, statement

from stormproof.core.infra.resource_graph import Resource

KEY, OTHER = res("aws:kms/key:Key", "key"), res("aws:s3/bucket:Bucket", "other")


def _instance(**properties: Any) -> Resource:
    return res("aws:ec2/instance:Instance", "web", **properties)


def _database(**properties: Any) -> Resource:
    return res("aws:rds/instance:Instance", "db", **{"engine": "postgres", "engineVersion": "16.4", **properties})


def _table(**encryption: Any) -> tuple[Resource, ...]:
    return KEY, OTHER, res("aws:dynamodb/table:Table", "t", serverSideEncryption=encryption)


def _files(**properties: Any) -> tuple[Resource, ...]:
    return KEY, OTHER, res("aws:efs/fileSystem:FileSystem", "files", **properties)


def _queue(**properties: Any) -> tuple[Resource, ...]:
    return KEY, OTHER, res("aws:sqs/queue:Queue", "q", **properties)


def _cache(**properties: Any) -> Resource:
    both = {"atRestEncryptionEnabled": True, "transitEncryptionEnabled": True}
    return res("aws:elasticache/replicationGroup:ReplicationGroup", "c", **{**both, **properties})


def _parameters(*parameters: Any) -> Resource:
    return res("aws:rds/parameterGroup:ParameterGroup", "pg", name="forced", parameters=list(parameters))


FORCED = {"name": "rds.force_ssl", "value": "1"}
BASELINE = res("aws:ssm/patchGroup:PatchGroup", "pg", baselineId=Ref("b"), patchGroup="linux")
WINDOW = res(
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", "target", resourceType="INSTANCE", windowId=Ref("w"),
    targets=[{"key": "tag:PatchGroup", "values": ["linux"]}],
)  # fmt: skip
ASSOCIATION = res(
    "aws:ssm/association:Association", "patch", name="AWS-RunPatchBaseline",
    targets=[{"key": "tag:Patch Group", "values": ["linux", "windows"]}],
)  # fmt: skip
TEMPLATE = res(
    "aws:ec2/launchTemplate:LaunchTemplate", "template",
    tagSpecifications=[{"resourceType": "instance", "tags": {"PatchGroup": "linux"}}],
)  # fmt: skip
FLEET = res("aws:autoscaling/group:Group", "fleet", launchTemplate={"id": Ref("template")}, minSize=2, maxSize=4)
IN_GROUP = {"tags": {"PatchGroup": "linux"}}


def _approves(**rule: Any) -> Resource:
    return res("aws:ssm/patchBaseline:PatchBaseline", "b", approvalRules=[rule])


CRITICAL = [{"key": "SEVERITY", "values": ["Critical", "Important"]}]
LOW = [{"key": "SEVERITY", "values": ["Low"]}]


def _nfs(*statements: Any) -> tuple[Resource, ...]:
    return (
        res("aws:efs/fileSystem:FileSystem", "files"),
        res("aws:efs/fileSystemPolicy:FileSystemPolicy", "p", fileSystemId=Ref("files"), policy=document(*statements)),
    )


def _deny_plain(**elements: Any) -> dict[str, Any]:
    return statement(
        **{
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            **elements,
        }
    )


MOUNTS = statement(Principal={"AWS": "arn:aws:iam::111122223333:role/app"}, Action="elasticfilesystem:ClientMount")


def _distribution(*, certificate: Any = None, way: Any = "redirect-to-https", **more: Any) -> Resource:
    return res(
        "aws:cloudfront/distribution:Distribution", "cdn",
        viewerCertificate=certificate or {"acmCertificateArn": "arn:x", "minimumProtocolVersion": "TLSv1.2_2021"},
        defaultCacheBehavior={"viewerProtocolPolicy": way}, **more,
    )  # fmt: skip


TWINS = {
    "patching-covered": Twins(
        failed={
            "no tag": (_instance(), BASELINE, WINDOW),
            "a group without a baseline": (_instance(**IN_GROUP), WINDOW),
            "a baseline that no window installs": (_instance(**IN_GROUP), BASELINE),
            "a window for another group": (_instance(tags={"PatchGroup": "windows"}), BASELINE, WINDOW),
            "a fleet whose template says nothing": (FLEET, BASELINE, WINDOW),
        },
        passed={
            "an instance": (_instance(**IN_GROUP), BASELINE, WINDOW),
            "the older tag, patched by an association": (_instance(tags={"Patch Group": "linux"}), BASELINE, ASSOCIATION),
            "a fleet by its template": (FLEET, TEMPLATE, BASELINE, WINDOW),
            "a fleet by its own tags": (
                res("aws:autoscaling/group:Group", "f", tags=[{"key": "PatchGroup", "value": "linux"}]), BASELINE, WINDOW,
            ),
        },
        unknown={
            "a tag made from something": (_instance(tags={"PatchGroup": Ref("x")}), BASELINE, WINDOW),
            "a group made from something": (
                _instance(**IN_GROUP), res("aws:ssm/patchGroup:PatchGroup", "pg", patchGroup=Ref("x")), WINDOW,
            ),
            "targets made from something": (
                _instance(**IN_GROUP), BASELINE,
                res("aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", "target", targets=Ref("x")),
            ),
        },
    ),
    "patching-prompt": Twins(
        failed={
            "a month": _approves(approveAfterDays=30, patchFilters=CRITICAL),
            "eight days": _approves(approveAfterDays=8),
            "only harmless fixes": _approves(approveAfterDays=0, patchFilters=LOW),
            "by a date, which is past one day": _approves(approveUntilDate="2026-01-01"),
        },
        passed={
            "a week": _approves(approveAfterDays=7, patchFilters=CRITICAL),
            "at once, whatever it is": _approves(approveAfterDays=0),
            "critical at once, the rest later": res(
                "aws:ssm/patchBaseline:PatchBaseline", "b",
                approvalRules=[
                    {"approveAfterDays": 2, "patchFilters": [{"key": "MSRC_SEVERITY", "values": ["Critical"]}]},
                    {"approveAfterDays": 30, "patchFilters": LOW},
                ],
            ),
        },
        unknown={
            "days made from something": _approves(approveAfterDays=Ref("x")),
            "rules made from something": res("aws:ssm/patchBaseline:PatchBaseline", "b", approvalRules=Ref("x")),
        },
    ),
    "rds-engine-supported": Twins(
        failed={
            "PostgreSQL 12": _database(engineVersion="12.19"),
            "PostgreSQL 13, the day after": _database(engineVersion="13"),
            "PostgreSQL 9.6, older than the table": _database(engineVersion="9.6.24"),
            "MySQL 5.7": _database(engine="mysql", engineVersion="5.7.44"),
            "MariaDB 10.5": _database(engine="mariadb", engineVersion="10.5"),
            "an Aurora cluster": res("aws:rds/cluster:Cluster", "c", engine="aurora-postgresql", engineVersion="12.9"),
        },
        passed={
            "PostgreSQL 16": _database(),
            "a version that AWS chooses": _database(engineVersion=None),
            "MariaDB 10.11, which is not 10.1": _database(engine="mariadb", engineVersion="10.11.8"),
            "newer than the table": _database(engineVersion="18.1"),
        },
        unknown={"a version made from something": _database(engineVersion=Ref("x"))},
    ),
    "rds-tls-forced": Twins(
        failed={
            "an old PostgreSQL with the default group": _database(engineVersion="14.2"),
            "switched off": (_database(parameterGroupName="forced"), _parameters({"name": "rds.force_ssl", "value": "0"})),
            "an old one whose group does not say": (
                _database(engineVersion="14", parameterGroupName=Ref("pg")), _parameters({"name": "log_statement", "value": "ddl"}),
            ),
            "MySQL with the default group": _database(engine="mysql", engineVersion="8.4"),
        },
        passed={
            "by a group of its own": (_database(engineVersion="14", parameterGroupName=Ref("pg")), _parameters(FORCED)),
            "PostgreSQL 16 by default": _database(),
            "MySQL": (
                _database(engine="mysql", engineVersion="8.4", parameterGroupName="forced"),
                _parameters({"name": "require_secure_transport", "value": "ON"}),
            ),
            "an Aurora cluster": (
                res("aws:rds/cluster:Cluster", "c", engine="aurora-postgresql", dbClusterParameterGroupName=Ref("cpg")),
                res("aws:rds/clusterParameterGroup:ClusterParameterGroup", "cpg", parameters=[FORCED]),
            ),
        },
        unknown={
            "a group of another program": _database(parameterGroupName="theirs"),
            "an engine made from something": _database(engine=Ref("x")),
            "a value made from something": (
                _database(parameterGroupName=Ref("pg")), _parameters({"name": "rds.force_ssl", "value": Ref("x")}),
            ),
            "parameters made from something": (
                _database(parameterGroupName=Ref("pg")), res("aws:rds/parameterGroup:ParameterGroup", "pg", parameters=Ref("x")),
            ),
        },
        silent={"a replica, which has its source's": _database(replicateSourceDb="db-1"), "Oracle": _database(engine="oracle-se2")},
    ),
    "rds-in-two-zones": Twins(
        failed={
            "production": _database(tags={"environment": "production"}),
            "said to be critical": _database(tags={"criticality": "critical"}, multiAz=False),
        },
        passed={
            "production": _database(tags={"environment": "production"}, multiAz=True),
            "critical": _database(tags={"criticality": "critical"}, multiAz="true"),
            "tagged by the provider": _database(tagsAll={"environment": "prod"}, multiAz=True),
        },
        unknown={"made from something": _database(tags={"environment": "production"}, multiAz=Ref("x"))},
        silent={
            "a test": _database(tags={"environment": "test"}),
            "a replica": _database(tags={"environment": "production"}, replicateSourceDb="db-1"),
        },
    ),
    "dynamodb-encrypted": Twins(
        failed={"AWS's key": _table(), "no key named": _table(enabled=True), "AWS's by name": _table(enabled=True, kmsKeyArn="alias/aws/dynamodb")},
        passed={
            "a key here": _table(enabled=True, kmsKeyArn=Ref("key")),
            "a key by its ARN": _table(enabled=True, kmsKeyArn="arn:aws:kms:eu-central-1:111122223333:key/1"),
            "an alias": _table(enabled=True, kmsKeyArn="arn:aws:kms:eu-central-1:111122223333:alias/acme-data"),
        },
        unknown={"a key made from something": _table(enabled=True, kmsKeyArn=Ref("other")), "enabled made from something": _table(enabled=Ref("other"))},
    ),
    "efs-encrypted": Twins(
        failed={"plain": _files(), "no key named": _files(encrypted=True), "AWS's by name": _files(encrypted=True, kmsKeyId="alias/aws/elasticfilesystem")},
        passed={
            "a key here": _files(encrypted=True, kmsKeyId=Ref("key")),
            "a key by its ARN": _files(encrypted=True, kmsKeyId="arn:aws:kms:eu-central-1:111122223333:key/1"),
            "as old state has it": _files(encrypted="true", kmsKeyId="arn:aws:kms:eu-west-1:111122223333:key/2"),
        },
        unknown={"a key made from something": _files(encrypted=True, kmsKeyId=Ref("other")), "made from something": _files(encrypted=Ref("other"))},
    ),
    "efs-tls-only": Twins(
        failed={
            "no policy": res("aws:efs/fileSystem:FileSystem", "files"),
            "a policy that only allows": _nfs(MOUNTS),
            "a refusal of one action": _nfs(_deny_plain(Action="elasticfilesystem:ClientWrite")),
            "a refusal of one role": _nfs(_deny_plain(Principal={"AWS": "arn:aws:iam::111122223333:role/x"})),
            "a refusal of TLS": _nfs(_deny_plain(Condition={"Bool": {"aws:SecureTransport": "true"}})),
        },
        passed={
            "everything": _nfs(_deny_plain()),
            "beside what is allowed": _nfs(MOUNTS, _deny_plain(Principal="*")),
            "the client's actions": _nfs(_deny_plain(Action="elasticfilesystem:Client*"), MOUNTS),
        },
        unknown={
            "a policy made from something": (
                res("aws:efs/fileSystem:FileSystem", "files"),
                res("aws:efs/fileSystemPolicy:FileSystemPolicy", "p", fileSystemId=Ref("files"), policy=Ref("x")),
            )
        },
    ),
    "volumes-encrypted": Twins(
        failed={
            "a volume": res("aws:ebs/volume:Volume", "v", availabilityZone="eu-central-1a"),
            "a root disk that nobody describes": _instance(),
            "a second disk": _instance(rootBlockDevice={"encrypted": True}, ebsBlockDevices=[{"deviceName": "/dev/sdb"}]),
            "a template's disk": res(
                "aws:ec2/launchTemplate:LaunchTemplate", "t", blockDeviceMappings=[{"ebs": {"encrypted": "false"}}]
            ),
        },
        passed={
            "a volume": res("aws:ebs/volume:Volume", "v", encrypted=True),
            "an instance": _instance(rootBlockDevice={"encrypted": True}),
            "by the account's default": (_instance(), res("aws:ebs/encryptionByDefault:EncryptionByDefault", "all", enabled=True)),
            "a template's disks": res(
                "aws:ec2/launchTemplate:LaunchTemplate", "t", blockDeviceMappings=[{"ebs": {"encrypted": "true"}}]
            ),
        },
        unknown={
            "a volume": res("aws:ebs/volume:Volume", "v", encrypted=Ref("x")),
            "disks made from something": _instance(rootBlockDevice={"encrypted": True}, ebsBlockDevices=Ref("x")),
            "a template's disk": res("aws:ec2/launchTemplate:LaunchTemplate", "t", blockDeviceMappings=[{"ebs": Ref("x")}]),
        },
    ),
    "queues-encrypted": Twins(
        failed={"none": _queue(), "SQS's own": _queue(sqsManagedSseEnabled=True), "AWS's by name": _queue(kmsMasterKeyId="alias/aws/sqs")},
        passed={
            "a key here": _queue(kmsMasterKeyId=Ref("key")),
            "an alias": _queue(kmsMasterKeyId="alias/acme-internal"),
            "an ARN": _queue(kmsMasterKeyId="arn:aws:kms:eu-central-1:111122223333:key/1"),
        },
        unknown={"made from something": _queue(kmsMasterKeyId=Ref("other"))},
    ),
    "caches-encrypted": Twins(
        failed={"at rest": _cache(atRestEncryptionEnabled=False), "on the way": _cache(transitEncryptionEnabled=None)},
        passed={"both": _cache(), "with a key": _cache(kmsKeyId="alias/acme"), "as old state has it": _cache(atRestEncryptionEnabled="true")},
        unknown={"at rest": _cache(atRestEncryptionEnabled=Ref("x")), "on the way": _cache(transitEncryptionEnabled=Ref("x"))},
    ),
    "cloudfront-tls": Twins(
        failed={
            "CloudFront's certificate": _distribution(certificate={"cloudfrontDefaultCertificate": True}),
            "old TLS": _distribution(certificate={"acmCertificateArn": "arn:x", "minimumProtocolVersion": "TLSv1.1_2016"}),
            "nobody says which TLS": _distribution(certificate={"acmCertificateArn": "arn:x"}),
            "plain HTTP": _distribution(way="allow-all"),
            "plain HTTP on one path": _distribution(orderedCacheBehaviors=[{"viewerProtocolPolicy": "allow-all"}]),
        },
        passed={
            "redirected": _distribution(),
            "refused": _distribution(way="https-only"),
            "on every path": _distribution(orderedCacheBehaviors=[{"viewerProtocolPolicy": "https-only"}]),
            "newer": _distribution(certificate={"acmCertificateArn": Ref("c"), "minimumProtocolVersion": "TLSv1.3_2025"}),
        },
        unknown={
            "a version made from something": _distribution(certificate={"minimumProtocolVersion": Ref("x")}),
            "a certificate made from something": _distribution(certificate=Ref("x")),
            "a way made from something": _distribution(way=Ref("x")),
            "paths made from something": _distribution(orderedCacheBehaviors=Ref("x")),
        },
    ),
}  # fmt: skip
