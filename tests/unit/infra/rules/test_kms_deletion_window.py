"""A key that is deleted by mistake can be taken back for thirty days."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.kms_deletion_window import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:kms/key:Key"
KEY = res("aws:kms/key:Key", "key")
OTHER = res("aws:s3/bucket:Bucket", "other")


def _verdict(properties: dict[str, Any]) -> RuleVerdict | None:
    return verdicts(RULE, program(KEY, OTHER, res(KIND, "one", **properties))).get("one")


@pytest.mark.parametrize("properties", [{"deletionWindowInDays": 7}, {"deletionWindowInDays": 29}])
def test_it_is_refused(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.FAILED


@pytest.mark.parametrize("properties", [{}, {"deletionWindowInDays": 30}, {"deletionWindowInDays": "30"}])
def test_it_passes(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize("properties", [{"deletionWindowInDays": Ref("other")}])
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.UNKNOWN


@pytest.mark.parametrize("days", ["soon", []])
def test_a_value_that_cannot_be_read_is_refused(days: object) -> None:
    assert _verdict({"deletionWindowInDays": days}) is RuleVerdict.FAILED
