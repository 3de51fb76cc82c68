"""Every VPC has a flow log of all traffic."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_flow_logs import RULE
from stormproof.core.infra.rule import RuleVerdict

VPC = res("aws:ec2/vpc:Vpc", "vpc")


@pytest.mark.parametrize(
    ("properties", "verdict"),
    [
        ({"trafficType": "ALL"}, RuleVerdict.PASSED),
        ({}, RuleVerdict.PASSED),
        ({"trafficType": "ACCEPT"}, RuleVerdict.FAILED),
        ({"trafficType": "REJECT"}, RuleVerdict.FAILED),
        ({"trafficType": Ref("x")}, RuleVerdict.UNKNOWN),
        ({"trafficType": "ALL", "vpcId": Ref("other")}, RuleVerdict.FAILED),
    ],
)
def test_what_a_flow_log_takes(properties: dict[str, Any], verdict: RuleVerdict) -> None:
    log = res("aws:ec2/flowLog:FlowLog", "log", **{"vpcId": Ref("vpc"), **properties})
    assert verdicts(RULE, program(VPC, log)) == {"vpc": verdict}


def test_a_vpc_without_one_fails() -> None:
    assert verdicts(RULE, program(VPC)) == {"vpc": RuleVerdict.FAILED}
