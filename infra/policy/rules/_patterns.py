"""What somebody must be told of when it happens in an account, as the CIS benchmark lists it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Watched:
    """One pattern. `words`: what a filter's pattern must name; `any_of`: of these at least one."""

    cis: str
    what: str
    words: tuple[str, ...]
    any_of: tuple[str, ...] = ()


# Source: CIS Amazon Web Services Foundations Benchmark v5.0, 4.1 to 4.15: the events that its own filters name, less those
# whose absence leaves the same thing visible.
WATCHED = (
    Watched("4.1", "calls that are refused", ("errorCode",), ("UnauthorizedOperation", "AccessDenied")),
    Watched("4.2", "sign-ins without MFA", ("ConsoleLogin", "MFAUsed")),
    Watched("4.3", "use of the root user", ("userIdentity.type", "Root")),
    Watched("4.4", "changed IAM policies", ("PutRolePolicy", "AttachRolePolicy", "CreatePolicyVersion", "DeleteRolePolicy")),
    Watched("4.5", "changes to the trail", ("StopLogging", "DeleteTrail", "UpdateTrail")),
    Watched("4.6", "failed sign-ins", ("ConsoleLogin", "Failed authentication")),
    Watched("4.7", "keys disabled or scheduled for deletion", ("DisableKey", "ScheduleKeyDeletion")),
    Watched("4.8", "changed bucket policies", ("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl")),
    Watched("4.9", "changes to AWS Config", ("StopConfigurationRecorder", "DeleteDeliveryChannel")),
    Watched("4.10", "changed security groups", ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "DeleteSecurityGroup")),
    Watched("4.11", "changed network ACLs", ("CreateNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry")),
    Watched("4.12", "changed gateways", ("CreateInternetGateway", "AttachInternetGateway", "DeleteInternetGateway")),
    Watched("4.13", "changed routes", ("CreateRoute", "ReplaceRoute", "DeleteRoute")),
    Watched("4.14", "changed VPCs", ("CreateVpc", "DeleteVpc", "ModifyVpcAttribute")),
    Watched("4.15", "changes to the organisation", ("organizations.amazonaws.com",), ("LeaveOrganization", "DetachPolicy", "UpdatePolicy")),
)  # fmt: skip


def names(text: str, watched: Watched) -> bool:
    """Whether a filter's pattern, or a rule's event pattern, names what must be watched."""
    every = all(word.lower() in text.lower() for word in watched.words)
    return every and (not watched.any_of or any(word.lower() in text.lower() for word in watched.any_of))
