"""Access lists and prefix lists: what may pass between subnets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Parameter, Values, replaced_by
from stormproof.lab.aws.provider.tables.vpc import TAGS, arn

# IANA protocol numbers: EC2 takes no names in access lists.
_PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
_LAST_RULE = 32767  # AWS: the default deny, which cannot be deleted


def _protocol(name: object) -> str:
    return _PROTOCOLS.get(str(name), str(name))


def _entry(rule: Mapping[str, Any], *, egress: bool) -> dict[str, Any]:
    """An access list's entry from a rule's own properties (or an inline block's)."""
    entry = {
        "RuleNumber": rule.get("ruleNumber", rule.get("ruleNo")), "RuleAction": rule.get("ruleAction", rule.get("action")),
        "Protocol": _protocol(rule["protocol"]), "Egress": egress, "CidrBlock": rule.get("cidrBlock"),
        "Ipv6CidrBlock": rule.get("ipv6CidrBlock"),
    }  # fmt: skip
    if entry["Protocol"] in {"1", "58"}:
        entry["IcmpTypeCode"] = {"Type": rule.get("icmpType", -1), "Code": rule.get("icmpCode", -1)}
    elif entry["Protocol"] != "-1":
        entry["PortRange"] = {"From": rule.get("fromPort", 0), "To": rule.get("toPort", 65535)}
    return {name: value for name, value in entry.items() if value is not None}


def _own(member: str) -> Any:
    """A member of the entry that a rule of its own is."""
    return lambda here: _entry(here, egress=bool(here.get("egress"))).get(member)


def _entry_of(answer: Any, here: Values) -> object:
    entries = [entry for acl in answer["NetworkAcls"] for entry in acl["Entries"]]
    wanted = here["ruleNumber"], bool(here.get("egress"))
    return next((e for e in entries if (e["RuleNumber"], e["Egress"]) == wanted), None)


def _entries(*, egress: bool) -> Any:
    """The entries of one direction as the program would declare them inline."""
    return lambda acl, _: [
        {"ruleNo": e["RuleNumber"], "action": e["RuleAction"], "protocol": e["Protocol"],
         "cidrBlock": e.get("CidrBlock", ""), "fromPort": e.get("PortRange", {}).get("From", 0),
         "toPort": e.get("PortRange", {}).get("To", 0)}
        for e in acl["Entries"] if e["Egress"] is egress and e["RuleNumber"] != _LAST_RULE
    ]  # fmt: skip


def _declared_entries(here: Values) -> list[Any]:
    inward = [_entry(rule, egress=False) for rule in here.get("ingress") or []]
    return inward + [_entry(rule, egress=True) for rule in here.get("egress") or []]


def _create_entries(acl: str) -> Call:
    put: dict[str, Parameter] = {"NetworkAclId": acl}
    put |= {name: _from_item(name) for name in (
        "RuleNumber", "RuleAction", "Protocol", "Egress", "CidrBlock", "Ipv6CidrBlock", "PortRange", "IcmpTypeCode",
    )}  # fmt: skip
    return Call("create_network_acl_entry", put, take=(), uses=("ingress", "egress"), each=_declared_entries)


def _from_item(name: str) -> Any:
    return lambda here: here["item"].get(name)


_ACL: dict[str, Parameter] = {"NetworkAclId": "{networkAclId}"}
_OWN_ENTRY: dict[str, Parameter] = {
    name: _own(name)
    for name in (
        "RuleNumber",
        "RuleAction",
        "Protocol",
        "Egress",
        "CidrBlock",
        "Ipv6CidrBlock",
        "PortRange",
        "IcmpTypeCode",
    )
}
_ASSOCIATION = Look(
    "describe_network_acls", {"Filters": [{"Name": "association.subnet-id", "Values": ["{subnetId}"]}]},
    lambda answer, here: next(
        ({**association, "VpcId": acl["VpcId"]} for acl in answer["NetworkAcls"] for association in acl["Associations"]
         if association["SubnetId"] == here["subnetId"]), None),
    fills={"associated": "NetworkAclAssociationId", "ownVpc": "VpcId"},
)  # fmt: skip
_DEFAULT_ACL = Look(
    "describe_network_acls",
    {"Filters": [{"Name": "vpc-id", "Values": ["{ownVpc}"]}, {"Name": "default", "Values": ["true"]}]},
    "NetworkAcls[0]", fills={"defaultAcl": "NetworkAclId"},
)  # fmt: skip
_CLEAR_ACL = Call(
    "delete_network_acl_entry",
    {"NetworkAclId": "{defaultNetworkAclId}", "RuleNumber": _from_item("RuleNumber"), "Egress": _from_item("Egress")},
    take=(), uses=("defaultNetworkAclId",),
    ask=(Look("describe_network_acls", {"NetworkAclIds": ["{defaultNetworkAclId}"]}, "NetworkAcls[0]",
              fills={"held": f"Entries[?RuleNumber!=`{_LAST_RULE}`]"}),),
    each=lambda here: here["held"],
)  # fmt: skip

KINDS = (
    Kind(
        "aws:ec2/networkAcl:NetworkAcl", "ec2", "{id}", ec2_tag="network-acl", tagging=TAGS,
        create=(Call("create_network_acl", out={"id": "NetworkAcl.NetworkAclId"}), _create_entries("{id}")),
        looks=(Look("describe_network_acls", {"NetworkAclIds": ["{id}"]}, "NetworkAcls[0]", {"vpcId": "VpcId"}),),
        delete=(Call("delete_network_acl", {"NetworkAclId": "{id}"}, take=()),),
        outputs={"arn": arn("network-acl")}, replaces=replaced_by("vpcId"),
    ),
    Kind(
        "aws:ec2/networkAclRule:NetworkAclRule", "ec2", "nacl-{networkAclId}-{token}",
        create=(Call("create_network_acl_entry", _ACL | _OWN_ENTRY, take=(), uses=("ruleNumber", "ruleAction", "protocol", "egress", "cidrBlock", "ipv6CidrBlock", "fromPort",
                           "toPort", "icmpType", "icmpCode")),),
        looks=(Look("describe_network_acls", {"NetworkAclIds": ["{networkAclId}"]}, _entry_of, {
            "ruleAction": "RuleAction", "cidrBlock": "CidrBlock", "fromPort": lambda entry, here:
                entry.get("PortRange", {}).get("From", here["fromPort"]),
            "toPort": lambda entry, here: entry.get("PortRange", {}).get("To", here["toPort"]),
            "protocol": lambda entry, here: here["protocol"] if _protocol(here["protocol"]) == entry["Protocol"]
            else entry["Protocol"],
        }),),
        delete=(Call("delete_network_acl_entry", _ACL | {"RuleNumber": "{ruleNumber}", "Egress": lambda here:
                                                         bool(here.get("egress"))}, take=()),),
        replaces=replaced_by("networkAclId ruleNumber ruleAction protocol egress cidrBlock ipv6CidrBlock fromPort toPort "
                             "icmpType icmpCode"),
    ),
    Kind(
        "aws:ec2/networkAclAssociation:NetworkAclAssociation", "ec2", "{associationId}",
        create=(Call("replace_network_acl_association", {"AssociationId": "{associated}"} | _ACL, take=(),
                     uses=("subnetId",), ask=(_ASSOCIATION,), out={"associationId": "NewAssociationId"}),),
        looks=(Look("describe_network_acls", {"NetworkAclIds": ["{networkAclId}"]}, lambda answer, here: next(
            (a for acl in answer["NetworkAcls"] for a in acl["Associations"] if a["SubnetId"] == here["subnetId"]),
            None)),),
        delete=(Call("replace_network_acl_association", {"AssociationId": "{associated}", "NetworkAclId": "{defaultAcl}"},
                     take=(), ask=(_ASSOCIATION, _DEFAULT_ACL)),),
        replaces=replaced_by("networkAclId subnetId"),
    ),
    Kind(
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "ec2", "{defaultNetworkAclId}", tagging=TAGS, again=True,
        create=(_CLEAR_ACL, _create_entries("{defaultNetworkAclId}")),
        looks=(Look("describe_network_acls", {"NetworkAclIds": ["{defaultNetworkAclId}"]}, "NetworkAcls[0]",
                    {"ingress": _entries(egress=False), "egress": _entries(egress=True)},
                    always=("ingress", "egress")),),
        outputs={"arn": arn("network-acl")}, replaces=replaced_by("defaultNetworkAclId"),
    ),
    Kind(
        "aws:ec2/managedPrefixList:ManagedPrefixList", "ec2", "{id}", ec2_tag="prefix-list", tagging=TAGS, names="name",
        create=(Call("create_managed_prefix_list", rename={"name": "PrefixListName"},
                     out={"id": "PrefixList.PrefixListId", "arn": "PrefixList.PrefixListArn",
                          "version": "PrefixList.Version"}),),
        looks=(
            Look("describe_managed_prefix_lists", {"PrefixListIds": ["{id}"]}, "PrefixLists[?State!='delete-complete']|[0]",
                 {"name": "PrefixListName", "maxEntries": "MaxEntries", "addressFamily": "AddressFamily"}),
            Look("get_managed_prefix_list_entries", {"PrefixListId": "{id}"}, "@", {"entries": "Entries"}),
        ),
        delete=(Call("delete_managed_prefix_list", {"PrefixListId": "{id}"}, take=()),),
        replaces=replaced_by("addressFamily"),
    ),
)  # fmt: skip
