"""A database takes its minor versions by itself."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.rds_minor_versions_applied import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:rds/instance:Instance"
KEY = res("aws:kms/key:Key", "key")
OTHER = res("aws:s3/bucket:Bucket", "other")


def _verdict(properties: dict[str, Any]) -> RuleVerdict | None:
    return verdicts(RULE, program(KEY, OTHER, res(KIND, "one", **properties))).get("one")


@pytest.mark.parametrize("properties", [{"autoMinorVersionUpgrade": False}, {"autoMinorVersionUpgrade": "false"}])
def test_it_is_refused(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"autoMinorVersionUpgrade": True},
        {"autoMinorVersionUpgrade": True, "maintenanceWindow": "sun:03:00-sun:04:00"},
    ],
)
def test_it_passes(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize("properties", [{"autoMinorVersionUpgrade": Ref("other")}])
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.UNKNOWN
