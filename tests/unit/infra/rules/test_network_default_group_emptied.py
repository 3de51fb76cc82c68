"""A VPC's default group is taken over, and empty."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_default_group_emptied import RULE
from stormproof.core.infra.rule import RuleVerdict

VPC = res("aws:ec2/vpc:Vpc", "vpc")
RULE_IN = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}


@pytest.mark.parametrize(
    ("properties", "verdict"),
    [
        ({}, RuleVerdict.PASSED),
        ({"ingress": [], "egress": []}, RuleVerdict.PASSED),
        ({"ingress": [RULE_IN]}, RuleVerdict.FAILED),
        ({"egress": [RULE_IN]}, RuleVerdict.FAILED),
        ({"ingress": Ref("x")}, RuleVerdict.UNKNOWN),
    ],
)
def test_the_rules_of_a_default_group(properties: dict[str, Any], verdict: RuleVerdict) -> None:
    group = res("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default", vpcId=Ref("vpc"), **properties)
    assert verdicts(RULE, program(VPC, group)) == {"default": verdict}


def test_a_default_group_that_is_left_as_it_is_fails() -> None:
    other = res("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default", vpcId=Ref("other"))
    assert verdicts(RULE, program(VPC, other)) == {"vpc": RuleVerdict.FAILED}
