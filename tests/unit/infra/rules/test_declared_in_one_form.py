"""Inline and separate forms of one thing are never mixed."""

from __future__ import annotations

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.declared_in_one_form import FORMS, RULE
from stormproof.core.infra.rule import RuleVerdict

CASES = [(kind, inline, other, path) for kind, inlines, others, path in FORMS for inline in inlines for other in others]


@pytest.mark.parametrize(("kind", "inline", "other", "path"), CASES)
def test_both_forms_at_once_fail(kind: str, inline: str, other: str, path: str) -> None:
    whole, part = res(kind, "whole", **{inline: [{"x": 1}]}), res(other, "part", **{path: Ref("whole")})
    assert verdicts(RULE, program(whole, part)) == {"whole": RuleVerdict.FAILED}


@pytest.mark.parametrize(("kind", "inline", "other", "path"), CASES)
def test_one_form_alone_passes(kind: str, inline: str, other: str, path: str) -> None:
    assert verdicts(RULE, program(res(kind, "whole", **{inline: [{"x": 1}]}))) == {"whole": RuleVerdict.PASSED}
    assert verdicts(RULE, program(res(kind, "whole"), res(other, "part", **{path: Ref("whole")}))) == {
        "whole": RuleVerdict.PASSED
    }


def test_an_empty_list_beside_the_separate_form_fails_since_it_takes_it_away() -> None:
    group = res("aws:ec2/securityGroup:SecurityGroup", "group", ingress=[])
    rule = res("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", securityGroupId=Ref("group"))
    assert verdicts(RULE, program(group, rule)) == {"group": RuleVerdict.FAILED}


def test_an_inline_value_that_is_not_known_fails_beside_the_separate_form() -> None:
    key = res("aws:kms/key:Key", "key", policy=Ref("x"))
    policy = res("aws:kms/keyPolicy:KeyPolicy", "policy", keyId=Ref("key"))
    assert verdicts(RULE, program(key, policy)) == {"key": RuleVerdict.FAILED}


def test_what_has_neither_is_not_concerned() -> None:
    assert verdicts(RULE, program(res("aws:kms/key:Key", "key"))) == {}
