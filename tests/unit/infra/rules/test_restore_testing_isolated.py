"""What a restore test restores lands in the recovery environment."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules._recovery import SELECTION
from infra.policy.rules.restore_testing_isolated import NEEDED, RULE
from stormproof.core.infra.rule import RuleVerdict


def _verdict(kind: object, overrides: object, **properties: Any) -> RuleVerdict:
    facts = {
        "protectedResourceType": kind,
        "restoreMetadataOverrides": overrides,
        "validationWindowHours": 4,
        **properties,
    }
    return verdicts(RULE, program(res(SELECTION, "one", **facts)))["one"]


PLACE = res("aws:ec2/securityGroup:SecurityGroup", "place")


@pytest.mark.parametrize("kind", NEEDED)
def test_all_that_is_needed_passes_whatever_its_case_and_values(kind: str) -> None:
    facts = {"protectedResourceType": kind, "validationWindowHours": 4}
    overrides = {key.upper(): Ref("place") for key in NEEDED[kind]}
    one = res(SELECTION, "one", restoreMetadataOverrides=overrides, **facts)
    assert verdicts(RULE, program(PLACE, one))["one"] is RuleVerdict.PASSED


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("shop-recovery", RuleVerdict.PASSED),
        ("named-elsewhere", RuleVerdict.PASSED),
        ("shop-databases", RuleVerdict.UNKNOWN),
        (Ref("elsewhere"), RuleVerdict.UNKNOWN),
    ],
)
def test_a_network_that_the_program_does_not_show_is_one_where_something_says_so(
    name: object, verdict: RuleVerdict
) -> None:
    overrides = {"dbSubnetGroupName": name, "vpcSecurityGroupIds": '["restore-group"]'}
    facts = {"protectedResourceType": "RDS", "restoreMetadataOverrides": overrides, "validationWindowHours": 4}
    graph = program(res(SELECTION, "one", **facts), settings={"recoveryPlaces": '["named-elsewhere"]'})
    assert verdicts(RULE, graph) == {"one": verdict}


def test_a_place_in_a_network_that_says_it_is_production_s_fails() -> None:
    network = (
        res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": "production"}),
        res("aws:ec2/subnet:Subnet", "subnet", vpcId=Ref("vpc")),
        res("aws:rds/subnetGroup:SubnetGroup", "place", subnetIds=[Ref("subnet")]),
    )
    overrides = {"dbSubnetGroupName": Ref("place"), "vpcSecurityGroupIds": Ref("place")}
    facts = {"protectedResourceType": "RDS", "restoreMetadataOverrides": overrides, "validationWindowHours": 4}
    assert verdicts(RULE, program(*network, res(SELECTION, "one", **facts))) == {"one": RuleVerdict.FAILED}


@pytest.mark.parametrize(("kind", "left_out"), [(kind, key) for kind, keys in NEEDED.items() for key in keys])
def test_each_that_is_left_out_fails(kind: str, left_out: str) -> None:
    assert _verdict(kind, {key: "x" for key in NEEDED[kind] if key != left_out}) is RuleVerdict.FAILED


@pytest.mark.parametrize("hours", [None, 0])
def test_a_test_that_nobody_has_time_to_look_at_fails(hours: object) -> None:
    assert _verdict("EFS", {"kmsKeyId": "x"}, validationWindowHours=hours) is RuleVerdict.FAILED


@pytest.mark.parametrize(("kind", "overrides"), [(Ref("x"), {}), ("RDS", Ref("x"))])
def test_what_cannot_be_known_is_unknown(kind: object, overrides: object) -> None:
    assert _verdict(kind, overrides) is RuleVerdict.UNKNOWN


def _restored_into(environment: str | None) -> RuleVerdict:
    tags = {} if environment is None else {"tags": {"environment": environment}}
    place = res("aws:rds/subnetGroup:SubnetGroup", "place", name="place", **tags)
    overrides = {"dbSubnetGroupName": "place", "vpcSecurityGroupIds": '["restored"]'}
    facts = {"protectedResourceType": "RDS", "restoreMetadataOverrides": overrides, "validationWindowHours": 4}
    one = res(SELECTION, "one", **facts)
    return verdicts(RULE, program(place, one))["one"]


def test_a_place_that_says_it_is_production_s_fails() -> None:
    assert _restored_into("production") is RuleVerdict.FAILED


@pytest.mark.parametrize("environment", ["recovery", None])
def test_a_place_of_the_recovery_environment_or_one_that_says_nothing_passes(environment: str | None) -> None:
    assert _restored_into(environment) is RuleVerdict.PASSED
