"""The recovery layer under mocks: no way out, nothing of the primary's region, and everything in its place."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from infra.layers import recovery
from infra.spec.settings import Layer
from stormproof.core.infra.policy_document import PolicyDocument, read_policy
from tests.support.infra_components import broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, Run, run

REGION, ACCOUNT, PRIMARY = "eu-west-1", "444455556666", "eu-central-1"
VPC, TABLE = "aws:ec2/vpc:Vpc", "aws:ec2/routeTable:RouteTable"
INGRESS, EGRESS = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
GROUP, ENDPOINT = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/vpcEndpoint:VpcEndpoint"
TESTS = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
FIREWALL = "aws:route53/resolverFirewallConfig:ResolverFirewallConfig"
# What would open the VPC, or join it to another network.
OPENERS = ("Gateway", "peering", "Peering", "transit", "vpn", "Vpn", "lattice", "Nat", "Exclusion", "natGateway", "Eip")


@cache
def _run(changes: str = "{}", *, preview: bool = True) -> Run:
    made = context(Layer.RECOVERY, **json.loads(changes))
    return run(lambda: recovery.declare(made), preview=preview)


def _seen(*, preview: bool = True, **changes: Any) -> list[Declared]:
    return _run(json.dumps(changes, sort_keys=True), preview=preview).declared


def _one(kind: str, name: str) -> Declared:
    (found,) = [one for one in of(_seen(), kind) if one.name == name]
    return found


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("running", [True, False])
def test_no_rule_has_anything_to_say(preview: bool, running: bool) -> None:
    seen = _seen(preview=preview, recovery={"drillRunning": running})
    assert broken_rules(seen, layer=Layer.RECOVERY, but=()) == {}


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (FIREWALL, {"firewallFailOpen": "ENABLED"}, "recovery-dns-closed"),
        (TESTS, {"restoreMetadataOverrides": {}}, "restore-testing-isolated"),
        (INGRESS, {"cidrIpv4": "0.0.0.0/0", "referencedSecurityGroupId": None}, "network-no-open-ports"),
        (TABLE, {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]}, "network-recovery-has-no-way-out"),
        ("aws:ec2/flowLog:FlowLog", {"trafficType": "REJECT"}, "network-flow-logs"),
    ],
)
def test_a_weaker_one_is_found(kind: str, changes: dict[str, Any], rule: str) -> None:
    assert rule in broken_rules(weakened(_seen(preview=False), kind, **changes), layer=Layer.RECOVERY)


def test_a_way_to_production_is_found() -> None:
    seen = _seen(preview=False)
    (vpc,) = of(seen, VPC)
    peering = replace(
        vpc, type="aws:ec2/vpcPeeringConnection:VpcPeeringConnection", name="way", urn="urn:way",
        inputs={"vpcId": vpc.id, "peerVpcId": "vpc-production"}, told={}, id="pcx-1",
    )  # fmt: skip
    assert "network-recovery-has-no-way-out" in broken_rules([*seen, peering], layer=Layer.RECOVERY)


# -- while the primary's region is gone


def test_everything_lies_in_the_recovery_region() -> None:
    elsewhere = [one.urn for one in _seen() if one.custom and one.region not in (REGION, None)]
    assert elsewhere == []
    regionless = {one.type.split("/")[0] for one in _seen() if one.custom and one.region is None}
    assert regionless == {"aws:iam"}  # a service without regions


@pytest.mark.parametrize("preview", [True, False])
def test_nothing_names_the_primary_s_region(preview: bool) -> None:
    """Nor does it look anything up: the mocks refuse that."""
    assert PRIMARY not in json.dumps([one.inputs for one in _seen(preview=preview)], default=str)


# -- the network


def test_nothing_opens_the_network() -> None:
    kinds = {one.type for one in _seen()}
    assert [kind for kind in kinds if any(word in kind.split(":")[-1] for word in OPENERS)] == []


def test_no_table_has_a_route() -> None:
    assert not [one for one in _seen() if one.type == "aws:ec2/route:Route"]
    assert not any(one.inputs.get("routes") for one in of(_seen(), TABLE))


def test_it_has_no_tiers_but_data_and_management() -> None:
    assert {one.inputs["tags"]["tier"] for one in of(_seen(), "aws:ec2/subnet:Subnet")} == {"data", "management"}


def test_restored_databases_admit_the_verifier_alone_and_reach_nobody() -> None:
    data, verifier = (_one(GROUP, f"recovery-{tier}").urn for tier in ("data", "management"))
    let_in = [one for one in of(_seen(), INGRESS) if data in one.depends["securityGroupId"]]
    assert {one.inputs["fromPort"] for one in let_in} == {5432, 2049}
    assert all(one.depends["referencedSecurityGroupId"] == (verifier,) for one in let_in)
    assert not [one for one in of(_seen(), EGRESS) if data in one.depends["securityGroupId"]]


def test_nobody_reaches_the_verifier_but_endpoints_by_their_own_group() -> None:
    verifier = _one(GROUP, "recovery-management").urn
    let_in = [one for one in of(_seen(), INGRESS) if verifier in one.depends["securityGroupId"]]
    assert [(one.inputs["fromPort"], one.depends["referencedSecurityGroupId"]) for one in let_in] == [
        (443, (verifier,))
    ]


def test_no_group_names_an_address() -> None:
    assert not [one.name for one in of(_seen(), INGRESS) + of(_seen(), EGRESS) if "cidrIpv4" in one.inputs]


def test_names_are_answered_for_aws_in_this_region_alone() -> None:
    lists = {one.name: one.inputs["domains"] for one in of(_seen(), "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList")}  # fmt: skip
    allowed = lists.pop("recovery-dns-allowed")
    assert all(REGION in name and name.endswith((".amazonaws.com", ".compute.internal")) for name in allowed)
    assert f"*.{REGION}.rds.amazonaws.com" in allowed
    assert f"*.{REGION}.amazonaws.com" not in allowed  # any bucket's name is below it
    assert list(lists.values()) == [["*"]]
    (config,) = of(_seen(), FIREWALL)
    assert config.inputs["firewallFailOpen"] == "DISABLED"


def test_the_region_s_block_on_public_access_has_no_exclusion() -> None:
    (block,) = of(_seen(), "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions")
    assert block.inputs["internetGatewayBlockMode"] == "block-bidirectional"


def test_endpoints_are_there_while_a_drill_runs_and_admit_our_principals_alone() -> None:
    assert not of(_seen(), ENDPOINT)
    running = of(_seen(recovery={"drillRunning": True}), ENDPOINT)
    assert {one.inputs["serviceName"] for one in running} == {
        f"com.amazonaws.{REGION}.{service}" for service in ("kms", "logs", "secretsmanager", "sts")
    }
    for one in running:
        assert one.inputs["vpcEndpointType"] == "Interface"  # a gateway would be a route
        policy = read_policy(one.inputs["policy"])
        assert isinstance(policy, PolicyDocument)
        for allowed in policy.allowing:
            assert allowed.condition("aws:PrincipalAccount", "StringEquals") == (ACCOUNT,)


# -- what restored things get


def test_restored_databases_speak_tls_alone() -> None:
    (group,) = of(_seen(), "aws:rds/parameterGroup:ParameterGroup")
    assert [(one["name"], one["value"]) for one in group.inputs["parameters"]] == [("rds.force_ssl", "1")]


def test_restore_tests_say_where_each_kind_goes() -> None:
    found = {one.inputs["protectedResourceType"]: one.inputs for one in of(_seen(preview=False), TESTS)}
    assert set(found) == {"RDS", "DynamoDB", "EFS", "S3"}
    (group,) = [one for one in of(_seen(preview=False), GROUP) if one.name == "recovery-data"]
    (key,) = of(_seen(preview=False), "aws:kms/key:Key")
    database = found["RDS"]["restoreMetadataOverrides"]
    assert database["dbSubnetGroupName"] == database["dbParameterGroupName"] == "shop-prod-restored"
    assert json.loads(database["vpcSecurityGroupIds"]) == [group.id]
    assert database["publiclyAccessible"] == "false"
    for kind, name in (("DynamoDB", "kmsMasterKeyArn"), ("EFS", "kmsKeyId"), ("S3", "kmsKey")):
        assert found[kind]["restoreMetadataOverrides"][name] == key.told["arn"]


def test_restore_tests_take_points_of_the_recovery_vault_alone() -> None:
    (plan,) = of(_seen(), "aws:backup/restoreTestingPlan:RestoreTestingPlan")
    selection = plan.inputs["recoveryPointSelection"]
    assert selection["includeVaults"] == [f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:shop-prod-recovery"]


def test_they_can_be_left_to_drills() -> None:
    assert not of(_seen(recovery={"restoreTesting": {"enabled": False}}), TESTS)


def test_the_vault_takes_copies_from_the_service_s_account_and_the_vault_s() -> None:
    (policy,) = of(_seen(), "aws:backup/vaultPolicy:VaultPolicy")
    found = read_policy(policy.inputs["policy"])
    assert isinstance(found, PolicyDocument)
    (allowed,) = found.allowing
    assert allowed.principals == {"AWS": ("arn:aws:iam::111122223333:root", "arn:aws:iam::777788889999:root")}


def test_a_restore_that_fails_is_told() -> None:
    names = {one.inputs["name"] for one in of(_seen(), "aws:cloudwatch/eventRule:EventRule")}
    assert "shop-prod-recovery-restores-failed" in names
    targets = of(_seen(), "aws:cloudwatch/eventTarget:EventTarget")
    assert {one.inputs["arn"] for one in targets} == {f"arn:aws:sns:{REGION}:{ACCOUNT}:shop-prod-notices-recovery"}


@pytest.mark.parametrize("name", ["shop-prod-restore", "shop-prod-verifier"])
def test_roles_that_touch_restored_data_have_the_narrower_boundary(name: str) -> None:
    (role,) = [one for one in of(_seen(), "aws:iam/role:Role") if one.inputs["name"] == name]
    assert role.inputs["permissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/shop-prod-boundary-recovery"


def test_the_restored_key_is_the_only_one() -> None:
    (alias,) = of(_seen(), "aws:kms/alias:Alias")
    assert alias.inputs["name"] == "alias/shop-prod-restored"


def test_outputs_are_what_the_inventory_needs() -> None:
    outputs = {name: one.value for name, one in _run(preview=False).outputs.items()}
    assert outputs["subnetGroupName"] == "shop-prod-restored"
    assert outputs["keyAlias"] == "alias/shop-prod-restored"
    assert len(outputs["subnets.data"]) == len(outputs["subnets.management"]) == 2
    assert outputs["restoredGroupId"] != outputs["verifierGroupId"]
    assert outputs["restoreRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/shop-prod-restore"
    assert (outputs["region"], outputs["accountId"], outputs["sameAccount"]) == (REGION, ACCOUNT, False)


def test_production_s_own_account_is_told_as_weaker() -> None:
    account = "111122223333"
    accounts = {"workload": account, "recovery": account, "vault": "777788889999"}
    shared = {"accounts": accounts, "recovery": {"sameAccount": True}}
    assert broken_rules(_seen(**shared), layer=Layer.RECOVERY, but=()) == {}
    outputs = _run(json.dumps(shared, sort_keys=True)).outputs
    assert outputs["sameAccount"].value is True
    (said,) = outputs["weaker"].value
    assert "names, tags and a boundary alone" in said
    assert _run().outputs["weaker"].value == []
