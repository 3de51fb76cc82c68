"""A table cannot be deleted by mistake."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.dynamodb_deletion_protected import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:dynamodb/table:Table"
KEY = res("aws:kms/key:Key", "key")
OTHER = res("aws:s3/bucket:Bucket", "other")


def _verdict(properties: dict[str, Any]) -> RuleVerdict | None:
    return verdicts(RULE, program(KEY, OTHER, res(KIND, "one", **properties))).get("one")


@pytest.mark.parametrize("properties", [{}, {"deletionProtectionEnabled": False}])
def test_it_is_refused(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "properties",
    [
        {"deletionProtectionEnabled": True},
        {"deletionProtectionEnabled": "true"},
        {"deletionProtectionEnabled": True, "billingMode": "PAY_PER_REQUEST"},
    ],
)
def test_it_passes(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize("properties", [{"deletionProtectionEnabled": Ref("other")}])
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.UNKNOWN


def test_a_lab_that_is_made_to_be_thrown_away_is_not_asked() -> None:
    one = res(KIND, "one", deletionProtectionEnabled=False)
    assert verdicts(RULE, program(one, settings={"disposable": "true"})) == {}
    assert verdicts(RULE, program(one, settings={"disposable": "false"})) == {"one": RuleVerdict.FAILED}
