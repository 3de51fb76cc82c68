"""Security groups and their rules: what may pass between network interfaces."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Values, replaced_by
from stormproof.lab.aws.provider.tables.vpc import TAGS, arn

_EVERYTHING = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def _permission(here: Values) -> list[Any]:
    """A rule of its own as EC2's permission."""
    told = {"Description": here["description"]} if here.get("description") else {}
    permission: dict[str, Any] = {"IpProtocol": str(here["ipProtocol"])}
    permission |= {m: here[n] for m, n in (("FromPort", "fromPort"), ("ToPort", "toPort")) if here.get(n) is not None}
    for name, member, key in (
        ("cidrIpv4", "IpRanges", "CidrIp"), ("cidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):  # fmt: skip
        if here.get(name):
            permission[member] = [{key: here[name], **told}]
    return [permission]


def _inline(name: str) -> Any:
    """The permissions of a group's inline blocks."""

    def permissions(here: Values) -> list[Any]:
        return [
            {"IpProtocol": _group_protocol(block["protocol"]), "FromPort": block["fromPort"], "ToPort": block["toPort"],
             "IpRanges": [{"CidrIp": cidr} for cidr in block.get("cidrBlocks", [])],
             "UserIdGroupPairs": [{"GroupId": group} for group in block.get("securityGroups", [])]
             + ([{"GroupId": here["id"]}] if block.get("self") else [])}
            for block in here.get(name) or []
        ]  # fmt: skip

    return permissions


def _group_protocol(name: object) -> str:
    return "-1" if name == "all" else str(name)


def _authorise(direction: str) -> Call:
    op = f"authorize_security_group_{direction}"
    return Call(op, {"GroupId": "{id}", "IpPermissions": _inline(direction)}, take=(), uses=(direction,),
                when=lambda here: here.get(direction))  # fmt: skip


def _revoke(direction: str, member: str) -> Call:
    """Takes away what an adopted group has: `member` is filled by the look before."""
    put = {"GroupId": "{id}", "IpPermissions": f"{{{member}}}"}
    ask = Look("describe_security_groups", {"GroupIds": ["{id}"]}, "SecurityGroups[0]",
               fills={"inward": "IpPermissions", "outward": "IpPermissionsEgress"})  # fmt: skip
    return Call(f"revoke_security_group_{direction}", put, take=(), ask=(ask,), each=_once_if(member))


def _once_if(member: str) -> Any:
    return lambda here: [None] if here.get(member) else []


def _rule(direction: str) -> Kind:
    sees = {
        "ipProtocol": "IpProtocol", "fromPort": "FromPort", "toPort": "ToPort", "cidrIpv4": "CidrIpv4",
        "prefixListId": "PrefixListId", "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
    }  # fmt: skip
    word = direction.capitalize()
    given = ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId", "description",
             "referencedSecurityGroupId")  # fmt: skip
    return Kind(
        f"aws:vpc/securityGroup{word}Rule:SecurityGroup{word}Rule", "ec2", "{id}", ec2_tag="security-group-rule",
        create=(Call(f"authorize_security_group_{direction}",
                     {"GroupId": "{securityGroupId}", "IpPermissions": _permission}, uses=given, take=(),
                     out={"id": "SecurityGroupRules[0].SecurityGroupRuleId"}),),
        looks=(Look("describe_security_group_rules", {"SecurityGroupRuleIds": ["{id}"]}, "SecurityGroupRules[0]",
                    sees),),
        delete=(Call(f"revoke_security_group_{direction}",
                     {"GroupId": "{securityGroupId}", "SecurityGroupRuleIds": ["{id}"]}, take=()),),
        tagging=TAGS, outputs={"arn": arn("security-group-rule"), "securityGroupRuleId": "{id}"},
        replaces=replaced_by("securityGroupId"),
    )  # fmt: skip


KINDS = (
    Kind(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2", "{id}", tagging=TAGS, again=True,
        create=(
            # Adopted, never made: whatever it allows is taken away first.
            Call("describe_security_groups", {"Filters": [{"Name": "vpc-id", "Values": ["{vpcId}"]},
                 {"Name": "group-name", "Values": ["default"]}]}, take=(), out={"id": "SecurityGroups[0].GroupId"}),
            _revoke("ingress", "inward"), _revoke("egress", "outward"),
            _authorise("ingress"), _authorise("egress"),
        ),
        looks=(Look("describe_security_groups", {"GroupIds": ["{id}"]}, "SecurityGroups[0]",
                    {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}, always=("ingress", "egress")),),
        outputs={"arn": arn("security-group"), "name": "default"},
        replaces=replaced_by("vpcId"),
    ),
    Kind(
        "aws:ec2/securityGroup:SecurityGroup", "ec2", "{id}", ec2_tag="security-group", tagging=TAGS, names="name",
        create=(
            Call("create_security_group", {"Description": lambda here: here.get("description", "Managed by Pulumi")},
                 uses=("description",), rename={"name": "GroupName"}, out={"id": "GroupId"}),
            # The vendor's plugin takes away the rule that AWS gives every new group.
            Call("revoke_security_group_egress", {"GroupId": "{id}", "IpPermissions": _EVERYTHING}, take=()),
            _authorise("ingress"), _authorise("egress"),
        ),
        looks=(Look("describe_security_groups", {"GroupIds": ["{id}"]}, "SecurityGroups[0]",
                    {"name": "GroupName", "description": "Description", "vpcId": "VpcId"}),),
        delete=(Call("delete_security_group", {"GroupId": "{id}"}, take=()),),
        outputs={"arn": arn("security-group")}, options=frozenset({"revokeRulesOnDelete"}),
        replaces=replaced_by("name namePrefix description vpcId"),
    ),
    _rule("ingress"),
    _rule("egress"),
)  # fmt: skip
