"""One sample of every emulated type, and a change to it where it can be changed: name → (type, inputs)."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "123456789012"
TAGS = {"project": "stormproof", "environment": "lab"}


def document(*actions: str, principal: object = None, resource: str = "*") -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if principal is not None:
        statement["Principal"] = principal
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}],
})  # fmt: skip
KEY_POLICY = document("kms:*", principal=ROOT)
NARROW_POLICY = document("kms:Decrypt", principal=ROOT)

Sample = tuple[str, dict[str, Any]]

NETWORK: dict[str, Sample] = {
    "vpc": ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "enableDnsSupport": True,
                                "tags": TAGS}),
    "subnet": ("aws:ec2/subnet:Subnet", {"vpcId": "${vpc}", "cidrBlock": "10.0.1.0/24", "tags": TAGS,
                                         "availabilityZone": "eu-central-1a", "mapPublicIpOnLaunch": False}),
    "subnet-b": ("aws:ec2/subnet:Subnet", {"vpcId": "${vpc}", "cidrBlock": "10.0.2.0/24",
                                           "availabilityZone": "eu-central-1b"}),
    "gateway": ("aws:ec2/internetGateway:InternetGateway", {"vpcId": "${vpc}", "tags": TAGS}),
    "table": ("aws:ec2/routeTable:RouteTable", {"vpcId": "${vpc}", "tags": TAGS}),
    "default-table": ("aws:ec2/defaultRouteTable:DefaultRouteTable", {
        "defaultRouteTableId": "${vpc.defaultRouteTableId}", "routes": [], "tags": TAGS}),
    "route": ("aws:ec2/route:Route", {"routeTableId": "${table}", "destinationCidrBlock": "0.0.0.0/0",
                                      "gatewayId": "${gateway}"}),
    "association": ("aws:ec2/routeTableAssociation:RouteTableAssociation", {"routeTableId": "${table}",
                                                                            "subnetId": "${subnet}"}),
    "address": ("aws:ec2/eip:Eip", {"domain": "vpc", "tags": TAGS}),
    "nat": ("aws:ec2/natGateway:NatGateway", {"subnetId": "${subnet}", "allocationId": "${address}", "tags": TAGS}),
    "acl": ("aws:ec2/networkAcl:NetworkAcl", {"vpcId": "${vpc}", "tags": TAGS}),
    "acl-rule": ("aws:ec2/networkAclRule:NetworkAclRule", {
        "networkAclId": "${acl}", "ruleNumber": 100, "protocol": "tcp", "ruleAction": "allow", "egress": False,
        "cidrBlock": "10.0.0.0/16", "fromPort": 443, "toPort": 443}),
    "acl-association": ("aws:ec2/networkAclAssociation:NetworkAclAssociation", {"networkAclId": "${acl}",
                                                                                "subnetId": "${subnet}"}),
    "default-acl": ("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", {
        "defaultNetworkAclId": "${vpc.defaultNetworkAclId}"}),
    "default-group": ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": "${vpc}", "tags": TAGS}),
    "group": ("aws:ec2/securityGroup:SecurityGroup", {"name": "app", "description": "application", "vpcId": "${vpc}",
                                                      "tags": TAGS}),
    "group-b": ("aws:ec2/securityGroup:SecurityGroup", {"description": "data", "vpcId": "${vpc}"}),
    "inward": ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
        "securityGroupId": "${group-b}", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432,
        "referencedSecurityGroupId": "${group}", "description": "from the application"}),
    "outward": ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", {
        "securityGroupId": "${group}", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}),
    "prefixes": ("aws:ec2/managedPrefixList:ManagedPrefixList", {
        "name": "office", "addressFamily": "IPv4", "maxEntries": 5, "tags": TAGS,
        "entries": [{"cidr": "192.0.2.0/24", "description": "documentation"}]}),
    "endpoint": ("aws:ec2/vpcEndpoint:VpcEndpoint", {
        "vpcId": "${vpc}", "serviceName": "com.amazonaws.eu-central-1.s3", "vpcEndpointType": "Gateway",
        "routeTableIds": ["${table}"], "policy": document("s3:GetObject", principal="*"), "tags": TAGS}),
    "flow-log": ("aws:ec2/flowLog:FlowLog", {
        "vpcId": "${vpc}", "trafficType": "ALL", "logDestinationType": "s3", "logDestination": "${logs.arn}",
        "maxAggregationInterval": 60, "tags": TAGS}),
    "dhcp": ("aws:ec2/vpcDhcpOptions:VpcDhcpOptions", {"domainNameServers": ["AmazonProvidedDNS"], "tags": TAGS}),
    "dhcp-association": ("aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", {"vpcId": "${vpc}",
                                                                                         "dhcpOptionsId": "${dhcp}"}),
    "zone": ("aws:route53/zone:Zone", {"name": "example.com", "tags": TAGS}),
    "record": ("aws:route53/record:Record", {"zoneId": "${zone}", "name": "www.example.com", "type": "CNAME",
                                             "ttl": 300, "records": ["edge.example.com"]}),
}  # fmt: skip

KEYS: dict[str, Sample] = {
    "key": ("aws:kms/key:Key", {"description": "data", "enableKeyRotation": True, "deletionWindowInDays": 30,
                                "policy": KEY_POLICY, "tags": TAGS}),
    "multi-key": ("aws:kms/key:Key", {"description": "data", "multiRegion": True, "policy": KEY_POLICY}),
    "alias": ("aws:kms/alias:Alias", {"name": "alias/lab-data", "targetKeyId": "${key}"}),
    "key-policy": ("aws:kms/keyPolicy:KeyPolicy", {"keyId": "${multi-key}", "policy": KEY_POLICY}),
    "replica": ("aws:kms/replicaKey:ReplicaKey", {"primaryKeyArn": "${multi-key.arn}", "policy": KEY_POLICY,
                                                  "region": "eu-west-1"}),
}  # fmt: skip

BUCKETS: dict[str, Sample] = {
    "logs": ("aws:s3/bucket:Bucket", {"bucket": "lab-logs", "forceDestroy": True, "tags": TAGS}),
    "logs-policy": ("aws:s3/bucketPolicy:BucketPolicy", {"bucket": "${logs}", "policy": json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "s3:PutObject",
             "Resource": "arn:aws:s3:::lab-logs/*"}
            for service in ("logging.s3.amazonaws.com", "cloudtrail.amazonaws.com")]})}),
    "bucket": ("aws:s3/bucket:Bucket", {"bucket": "lab-data", "objectLockEnabled": True, "forceDestroy": True}),
    "versioning": ("aws:s3/bucketVersioning:BucketVersioning", {
        "bucket": "${bucket}", "versioningConfiguration": {"status": "Enabled"}}),
    "encryption": ("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", {
        "bucket": "${bucket}", "rules": [{"applyServerSideEncryptionByDefault": {
            "sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"}, "bucketKeyEnabled": True}]}),
    "public-access": ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
        "bucket": "${bucket}", "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
        "restrictPublicBuckets": True}),
    "ownership": ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", {
        "bucket": "${bucket}", "rule": {"objectOwnership": "BucketOwnerEnforced"}}),
    "bucket-policy": ("aws:s3/bucketPolicy:BucketPolicy", {
        "bucket": "${bucket}", "policy": document("s3:GetObject", principal=ROOT, resource="arn:aws:s3:::lab-data/*")}),
    "bucket-lifecycle": ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {
        "bucket": "${bucket}", "rules": [{
            "id": "old", "status": "Enabled", "filter": {"prefix": ""}, "noncurrentVersionExpiration": {"noncurrentDays": 90},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}]}),
    "bucket-logging": ("aws:s3/bucketLogging:BucketLogging", {"bucket": "${bucket}", "targetBucket": "${logs-policy}",
                                                              "targetPrefix": "s3/"}),
    "object-lock": ("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
        "bucket": "${versioning.bucket}", "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 7}}}),
    "object": ("aws:s3/bucketObjectv2:BucketObjectv2", {"bucket": "${logs}", "key": "security.txt",
                                                        "content": "Contact: https://example.com", "contentType": "text/plain"}),
    "notification": ("aws:s3/bucketNotification:BucketNotification", {"bucket": "${bucket}", "topics": [
        {"topicArn": "${topic}", "events": ["s3:ObjectRemoved:*"]}]}),
    "replication": ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {
        "bucket": "${bucket}", "role": "${role.arn}", "rules": [{
            "id": "all", "status": "Enabled", "priority": 1, "filter": {"prefix": ""},
            "deleteMarkerReplication": {"status": "Disabled"}, "destination": {"bucket": "${logs-versioning.arn}"}}]}),
    "logs-versioning": ("aws:s3/bucket:Bucket", {"bucket": "lab-replica", "forceDestroy": True, "objectLockEnabled": True}),
    "account-block": ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", {
        "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True}),
}  # fmt: skip

IDENTITIES: dict[str, Sample] = {
    "boundary": ("aws:iam/policy:Policy", {"name": "boundary", "policy": document("s3:*"), "tags": TAGS}),
    "role": ("aws:iam/role:Role", {"name": "app", "assumeRolePolicy": TRUST, "maxSessionDuration": 3600, "tags": TAGS,
                                   "permissionsBoundary": "${boundary.arn}", "description": "application"}),
    "role-policy": ("aws:iam/rolePolicy:RolePolicy", {"name": "read", "role": "${role}",
                                                      "policy": document("s3:GetObject")}),
    "attachment": ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "${role}",
                                                                         "policyArn": "${boundary.arn}"}),
    "profile": ("aws:iam/instanceProfile:InstanceProfile", {"name": "app", "role": "${role}", "tags": TAGS}),
    "oidc": ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", {
        "url": "https://token.actions.example.com", "clientIdLists": ["sts.amazonaws.com"],
        "thumbprintLists": ["6938fd4d98bab03faadb97b34396831e3780aea1"]}),
    "passwords": ("aws:iam/accountPasswordPolicy:AccountPasswordPolicy", {
        "minimumPasswordLength": 14, "requireSymbols": True, "requireNumbers": True, "passwordReusePrevention": 24}),
    "linked-role": ("aws:iam/serviceLinkedRole:ServiceLinkedRole", {"awsServiceName": "backup.amazonaws.com"}),
    "account-alias": ("aws:iam/accountAlias:AccountAlias", {"accountAlias": "stormproof-lab"}),
}  # fmt: skip

STORES: dict[str, Sample] = {
    "subnet-group": ("aws:rds/subnetGroup:SubnetGroup", {"name": "data", "subnetIds": ["${subnet}", "${subnet-b}"],
                                                         "tags": TAGS}),
    "parameters": ("aws:rds/parameterGroup:ParameterGroup", {
        "name": "postgres", "family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "1"}]}),
    "database": ("aws:rds/instance:Instance", {
        "identifier": "shop", "engine": "postgres", "engineVersion": "17.5", "instanceClass": "db.t4g.micro",
        "allocatedStorage": 20, "storageEncrypted": True, "kmsKeyId": "${key.arn}", "username": "shop_admin",
        "manageMasterUserPassword": True, "multiAz": True, "dbSubnetGroupName": "${subnet-group}",
        "vpcSecurityGroupIds": ["${group-b}"], "publiclyAccessible": False, "backupRetentionPeriod": 14,
        "deletionProtection": False, "skipFinalSnapshot": True, "autoMinorVersionUpgrade": True,
        "iamDatabaseAuthenticationEnabled": True, "tags": TAGS}),
    "events": ("aws:rds/eventSubscription:EventSubscription", {"name": "failures", "snsTopic": "${topic}",
                                                               "sourceType": "db-instance", "eventCategories": ["failure"]}),
    "orders": ("aws:dynamodb/table:Table", {
        "name": "orders", "billingMode": "PAY_PER_REQUEST", "hashKey": "id", "attributes": [{"name": "id", "type": "S"}],
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": "${key.arn}"}, "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": False, "tags": TAGS}),
    "heartbeat": ("aws:dynamodb/tableItem:TableItem", {"tableName": "${orders}", "hashKey": "id",
                                                       "item": '{"id": {"S": "heartbeat"}, "n": {"N": "1"}}'}),
    "secret": ("aws:secretsmanager/secret:Secret", {"name": "lab/token", "kmsKeyId": "${key.arn}", "description": "token",
                                                    "recoveryWindowInDays": 30, "tags": TAGS}),
    "secret-version": ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "${secret}",
                                                                          "secretString": "not-a-real-one"}),
    "secret-policy": ("aws:secretsmanager/secretPolicy:SecretPolicy", {
        "secretArn": "${secret}", "policy": document("secretsmanager:GetSecretValue", principal=ROOT)}),
    "secret-rotation": ("aws:secretsmanager/secretRotation:SecretRotation", {
        "secretId": "${rotated-version.secretArn}", "rotationLambdaArn": "${function.arn}", "rotationRules": {"automaticallyAfterDays": 30}}),
    "rotated-version": ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": "${rotated}",
                                                                           "secretString": "not-a-real-one-either"}),
    "rotated": ("aws:secretsmanager/secret:Secret", {"name": "lab/rotated", "recoveryWindowInDays": 0}),
    "files": ("aws:efs/fileSystem:FileSystem", {"creationToken": "files", "encrypted": True, "kmsKeyId": "${key.arn}",
                                                "lifecyclePolicies": [{"transitionToIa": "AFTER_30_DAYS"}], "tags": TAGS}),
    "mount": ("aws:efs/mountTarget:MountTarget", {"fileSystemId": "${files}", "subnetId": "${subnet-b}",
                                                  "securityGroups": ["${group-b}"]}),
    "files-policy": ("aws:efs/fileSystemPolicy:FileSystemPolicy", {
        "fileSystemId": "${files}", "policy": document("elasticfilesystem:ClientMount", principal=ROOT)}),
    "access-point": ("aws:efs/accessPoint:AccessPoint", {"fileSystemId": "${files}", "posixUser": {"uid": 1000, "gid": 1000},
                                                         "rootDirectory": {"path": "/app"}, "tags": TAGS}),
}  # fmt: skip

BACKUPS: dict[str, Sample] = {
    "vault": ("aws:backup/vault:Vault", {"name": "primary", "kmsKeyArn": "${key.arn}", "tags": TAGS}),
    "vault-lock": ("aws:backup/vaultLockConfiguration:VaultLockConfiguration", {
        "backupVaultName": "${vault}", "minRetentionDays": 7, "maxRetentionDays": 365}),
    "plan": ("aws:backup/plan:Plan", {"name": "daily", "tags": TAGS, "rules": [{
        "ruleName": "daily", "targetVaultName": "${vault}", "schedule": "cron(0 5 ? * * *)", "startWindow": 60,
        "completionWindow": 180, "lifecycle": {"deleteAfter": 35}, "copyActions": [{
            "destinationVaultArn": f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:copies",
            "lifecycle": {"deleteAfter": 90}}]}]}),
    "report-plan": ("aws:backup/reportPlan:ReportPlan", {
        "name": "jobs", "reportDeliveryChannel": {"s3BucketName": "${logs}", "formats": ["CSV"]},
        "reportSetting": {"reportTemplate": "RESTORE_JOB_REPORT"}, "tags": TAGS}),
}  # fmt: skip
