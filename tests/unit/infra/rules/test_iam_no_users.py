"""Credentials that never end are refused, of every kind."""

from __future__ import annotations

import pytest
from declared import program, res, verdicts

from infra.policy.rules.iam_no_users import PERMANENT, RULE
from stormproof.core.infra.rule import RuleVerdict


@pytest.mark.parametrize("kind", PERMANENT)
def test_it_is_refused(kind: str) -> None:
    assert verdicts(RULE, program(res(kind, "one"))) == {"one": RuleVerdict.FAILED}


@pytest.mark.parametrize(
    "kind",
    [
        "aws:iam/role:Role",
        "aws:ssoadmin/permissionSet:PermissionSet",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    ],
)
def test_what_ends_by_itself_is_no_concern(kind: str) -> None:
    assert verdicts(RULE, program(res(kind, "one"))) == {}
