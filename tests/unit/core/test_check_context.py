"""Which of two moments is the later one: the copy's or the reference's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from stormproof.core.check_context import Arrived, CheckContext, WalFacts
from stormproof.core.ports import Host
from stormproof.core.reference import PostgresReference
from stormproof.core.wal import FrozenList

CAPTURED = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
LSN = 0x5000000
REFERENCE = PostgresReference(
    captured_at=CAPTURED, lsn="0/5000000", timeline=1, system_identifier="1", server_version="15.18", settings={},
    roles={}, databases={}, checksums=True,
)  # fmt: skip


def older(arrived: int | None, seconds_after_capture: float) -> bool:
    wal = WalFacts(FrozenList(segments=(), histories={}), 0, 1, arrived=Arrived(arrived, 1, 2))
    t_fail = CAPTURED + timedelta(seconds=seconds_after_capture)
    return CheckContext(cast("Host", None), "/work", t_fail, wal=wal).is_older_than(REFERENCE)


@pytest.mark.parametrize(("arrived", "answer"), [(LSN - 1, True), (LSN, False), (LSN + 1, False)])
@pytest.mark.parametrize("seconds", [-60.0, 60.0])
def test_the_position_decides_whatever_clocks_say(arrived: int, answer: bool, seconds: float) -> None:
    assert older(arrived, seconds) is answer


@pytest.mark.parametrize(("seconds", "answer"), [(-1.0, True), (0.0, False), (1.0, False)])
def test_where_the_position_is_not_known_the_instant_decides(seconds: float, answer: bool) -> None:
    assert older(None, seconds) is answer
