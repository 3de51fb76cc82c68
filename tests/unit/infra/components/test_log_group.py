"""A log group is encrypted, kept for a year, and outlives the program."""

from __future__ import annotations

import pytest

from infra.components.log_group import KeptTooShort, check_days, log_group
from infra.context import Component, Context
from tests.support.infra_components import broken_rules, context, weakened
from tests.support.pulumi_mocks import declared

KEY = "arn:aws:kms:eu-central-1:111122223333:key/one"
KIND = "aws:cloudwatch/logGroup:LogGroup"


def _one(where: Context) -> None:
    log_group(Component("Any", "any", where), where, "trail", KEY)


def test_a_group_has_a_computed_name_a_key_and_a_year() -> None:
    where = context()
    [group] = [one for one in declared(lambda: _one(where)) if one.type == KIND]
    assert group.inputs["name"] == where.names.log_group("trail")
    assert group.inputs["kmsKeyId"] == KEY
    assert group.inputs["retentionInDays"] >= 365
    assert group.inputs["region"] == "eu-central-1"


def test_the_rules_are_silent_on_it_and_speak_when_its_key_is_taken() -> None:
    seen = declared(lambda: _one(context()))
    assert broken_rules(seen) == {}
    assert set(broken_rules(weakened(seen, KIND, kmsKeyId=None))) == {"logs-encrypted"}
    assert set(broken_rules(weakened(seen, KIND, retentionInDays=30))) == {"logs-kept-a-year"}


@pytest.mark.parametrize("days", [0, 30, 364, 366])
def test_a_retention_below_a_year_or_unknown_to_aws_is_refused(days: int) -> None:
    with pytest.raises(KeptTooShort, match="choose one of 365"):
        check_days(days)
