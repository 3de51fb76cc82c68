"""The table of what raises an alarm: complete, within AWS's limits, and each line matches what it says."""

from __future__ import annotations

import re

import pytest

from infra.components.detection.watches import PATTERN_MAX, Watch, watches
from infra.naming import Names

TABLE = watches(Names("shop", "prod"))
CIS = [f"4.{number}" for number in range(1, 16)]  # 4.16 is Security Hub itself


def _named(name: str) -> Watch:
    [found] = [one for one in TABLE if one.name == name]
    return found


def test_every_alarm_of_the_benchmark_is_there_once() -> None:
    assert [one.cis for one in TABLE if one.cis] == CIS


def test_names_are_unique() -> None:
    assert len({one.name for one in TABLE}) == len(TABLE)


@pytest.mark.parametrize("watch", TABLE, ids=lambda watch: watch.name)
def test_a_pattern_is_whole_and_within_the_limit(watch: Watch) -> None:
    assert len(watch.pattern) <= PATTERN_MAX
    assert watch.pattern.startswith("{ ")
    assert watch.pattern.endswith(" }")
    assert watch.pattern.count("(") == watch.pattern.count(")")
    assert watch.pattern.count('"') % 2 == 0


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        (
            "locks-touched",
            {"DeleteBackupVaultLockConfiguration", "PutBackupVaultLockConfiguration", "DeleteRecoveryPoint"},
        ),
        ("keys-ended", {"DisableKey", "ScheduleKeyDeletion"}),
        ("trail-changed", {"StopLogging", "DeleteTrail", "UpdateTrail"}),
        ("ways-in-changed", {"UpdateAssumeRolePolicy", "CreateOpenIDConnectProvider"}),
    ],
)
def test_the_calls_that_matter_most_are_watched(name: str, calls: set[str]) -> None:
    assert calls <= set(re.findall(r'eventName = "(\w+)"', _named(name).pattern))


def test_break_glass_is_seen_when_it_is_taken_and_in_whatever_it_does() -> None:
    pattern = _named("break-glass-used").pattern
    assert '$.requestParameters.roleArn = "*role/shop-prod-break-glass"' in pattern
    assert '$.userIdentity.sessionContext.sessionIssuer.userName = "shop-prod-break-glass"' in pattern


def test_one_use_of_root_or_of_a_key_s_end_is_enough() -> None:
    assert {_named(name).threshold for name in ("root-used", "keys-ended", "break-glass-used", "locks-touched")} == {1}
