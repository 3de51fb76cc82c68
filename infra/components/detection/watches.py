"""What in the trail raises an alarm, as one table: the CIS benchmark's 4.1 to 4.15, and what concerns backups and locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infra.naming import Names

PATTERN_MAX = 1024  # AWS: PutMetricFilter


@dataclass(frozen=True)
class Watch:
    """One metric filter over the trail's log group, and its alarm.

    Args:
        name: of filter, metric and alarm.
        cis: number in the CIS AWS Foundations Benchmark (v3 and v5 agree); "": ours.
        why: what the alarm tells a person.
        threshold: this many within `PERIOD` raise it.
    """

    name: str
    cis: str
    why: str
    pattern: str
    threshold: int = 1


def watches(names: Names) -> tuple[Watch, ...]:
    """The whole table. `names`: of the environment, for the role that is for emergencies."""
    glass = names.name("break-glass")
    return (
        Watch(
            "unauthorised-calls", "4.1", "somebody tries what they may not",
            '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }', threshold=10,
        ),
        Watch(
            "sign-in-without-mfa", "4.2", "a user signed in to the console without MFA",
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
            '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
        ),
        Watch(
            "root-used", "4.3", "root was used: only break-glass may lead to that",
            '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && '
            '($.eventType != "AwsServiceEvent") }',
        ),
        Watch("rights-changed", "4.4", "a policy of IAM was changed", _calls(
            "iam", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion",
            "DeleteGroupPolicy", "DeletePolicy", "DeletePolicyVersion", "DeleteRolePolicy", "DeleteUserPolicy",
            "DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy",
        )),
        Watch("trail-changed", "4.5", "the trail itself was changed", _calls(
            "cloudtrail", "CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail",
        )),
        Watch(
            "sign-in-failed", "4.6", "sign-ins to the console fail",
            '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }', threshold=3,
        ),
        Watch("keys-ended", "4.7", "a key was disabled, or will be deleted: data and backups with it", _calls(
            "kms", "DisableKey", "DisableKeyRotation", "ScheduleKeyDeletion",
        )),
        Watch("buckets-opened", "4.8", "access to a bucket was changed", _calls(
            "s3", "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketPolicy", "DeleteBucketReplication",
            "DeletePublicAccessBlock", "PutBucketAcl", "PutBucketCors", "PutBucketLifecycle", "PutBucketPolicy",
            "PutBucketPublicAccessBlock", "PutBucketReplication",
        )),
        Watch("recorder-changed", "4.9", "the recorder of settings was changed", _calls(
            "config", "DeleteConfigurationRecorder", "DeleteDeliveryChannel", "PutConfigurationRecorder",
            "PutDeliveryChannel", "StopConfigurationRecorder",
        )),
        Watch("security-groups-changed", "4.10", "a security group was changed", _calls(
            "ec2", "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "CreateSecurityGroup",
            "DeleteSecurityGroup", "ModifySecurityGroupRules", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress",
        )),
        Watch("network-acls-changed", "4.11", "a network ACL was changed", _calls(
            "ec2", "CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry",
            "ReplaceNetworkAclAssociation", "ReplaceNetworkAclEntry",
        )),
        Watch("gateways-changed", "4.12", "a gateway was changed: a way in or out", _calls(
            "ec2", "AttachInternetGateway", "CreateCustomerGateway", "CreateInternetGateway", "DeleteCustomerGateway",
            "DeleteInternetGateway", "DetachInternetGateway",
        )),
        Watch("routes-changed", "4.13", "a route was changed", _calls(
            "ec2", "CreateRoute", "CreateRouteTable", "DeleteRoute", "DeleteRouteTable", "DisassociateRouteTable",
            "ReplaceRoute", "ReplaceRouteTableAssociation",
        )),
        Watch("vpcs-changed", "4.14", "a VPC was changed, or joined to another", _calls(
            "ec2", "AcceptVpcPeeringConnection", "AttachClassicLinkVpc", "CreateVpc", "CreateVpcPeeringConnection",
            "DeleteVpc", "DeleteVpcPeeringConnection", "DetachClassicLinkVpc", "DisableVpcClassicLink",
            "EnableVpcClassicLink", "ModifyVpcAttribute", "ModifyVpcBlockPublicAccessOptions", "RejectVpcPeeringConnection",
        )),
        Watch("organisation-changed", "4.15", "the organisation's guardrails were changed", _calls(
            "organizations", "AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit",
            "CreatePolicy", "DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy",
            "DetachPolicy", "DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization",
            "MoveAccount", "RemoveAccountFromOrganization", "UpdateOrganizationalUnit", "UpdatePolicy",
        )),
        Watch("locks-touched", "", "somebody works on the lock, the policy or the points of a backup vault", _calls(
            "backup", "DeleteBackupVault", "DeleteBackupVaultAccessPolicy", "DeleteBackupVaultLockConfiguration",
            "DeleteRecoveryPoint", "DisassociateRecoveryPoint", "PutBackupVaultAccessPolicy",
            "PutBackupVaultLockConfiguration", "UpdateRecoveryPointLifecycle",
        )),
        Watch("object-locks-touched", "", "the lock or the versions of a bucket were changed", _calls(
            "s3", "PutBucketObjectLockConfiguration", "PutBucketVersioning",
        )),
        Watch("snapshots-shared-or-deleted", "", "a snapshot was deleted, or given to another account", _calls(
            "", "DeleteDBClusterSnapshot", "DeleteDBInstanceAutomatedBackup", "DeleteDBSnapshot",
            "DisableSnapshotBlockPublicAccess", "ModifyDBSnapshotAttribute", "ModifySnapshotAttribute", "UnlockSnapshot",
        )),
        Watch("key-policies-changed", "", "who may use or administer a key was changed", _calls(
            "kms", "PutKeyPolicy", "DeleteAlias", "UpdateAlias",
        )),
        Watch("watchers-blinded", "", "a detector, an analyzer or the collection of findings was switched off", _calls(
            "", "DeleteAnalyzer", "DeleteDetector", "DisableSecurityHub", "UpdateDetector", "DeleteMembers",
            "DeleteLogGroup", "DeleteAlarms", "DisableAlarmActions",
        )),
        Watch("credentials-made", "", "a user, a password or a key that never ends was made", _calls(
            "iam", "CreateAccessKey", "CreateLoginProfile", "CreateServiceSpecificCredential", "CreateUser",
            "UpdateLoginProfile",
        )),
        Watch("ways-in-changed", "", "who may take a role was changed", _calls(
            "iam", "CreateOpenIDConnectProvider", "CreateSAMLProvider", "DeleteRolePermissionsBoundary",
            "UpdateAssumeRolePolicy", "UpdateOpenIDConnectProviderThumbprint", "UpdateSAMLProvider",
        )),
        Watch(
            "break-glass-used", "", "the emergency's role was taken",
            f'{{ ($.requestParameters.roleArn = "*role/{glass}") || '
            f'($.userIdentity.sessionContext.sessionIssuer.userName = "{glass}") }}',
        ),
    )  # fmt: skip


def _calls(service: str, *names: str) -> str:
    """Any of these calls; of one service, or of whichever has them."""
    calls = any_of("$.eventName", names)
    return f"{{ {calls} }}" if not service else f'{{ ($.eventSource = "{service}.amazonaws.com") && ({calls}) }}'


def any_of(field: str, values: Sequence[str]) -> str:
    return " || ".join(f'({field} = "{value}")' for value in values)
