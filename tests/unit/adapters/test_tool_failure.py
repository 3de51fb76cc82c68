"""A job, or the start of one, that could not say why it failed: on a disk without room there is no place for a word."""

from __future__ import annotations

import pytest
from drill_memory import TableHost

from stormproof.adapters.tool_failure import full_disk, with_room
from stormproof.core.errors import CommandFailed, HostUnreachable
from stormproof.core.ports import Completed, JobState

NO_INODES = "room: 5000000 bytes and 0 inodes are free\n"
NO_BYTES = "room: 0 bytes and any inodes are free\n"
ROOM_ENOUGH = "room: 5000000 bytes and 900 inodes are free\n"


def ended(status: int | None = 1, stdout: str = "", stderr: str = "", *, lost: bool = False) -> JobState:
    return JobState("fetch_wal-1", True, status, lost, 3.0, stdout, stderr)


def host(answer: str | Exception) -> TableHost:
    return TableHost(
        "recovery-1", answers=[("df --output", Completed(0, answer, "", 0.1) if isinstance(answer, str) else answer)]
    )


def failed(output: str) -> CommandFailed:
    return CommandFailed("not started", where="x", fix="-", code="SP507", status=71, output=output)


def test_the_room_that_is_left_speaks_for_a_job_without_a_word() -> None:
    assert with_room(host(NO_INODES), ended(), "/w/RUN").stderr_tail == NO_INODES  # type: ignore[arg-type]


def test_words_of_no_space_are_told_with_the_room_that_is_left_once() -> None:
    said = "mkdir: cannot create directory 'wal/part': No space left on device"
    told = with_room(host(NO_INODES), ended(1, stderr=said), "/w/RUN")  # type: ignore[arg-type]
    assert told.stderr_tail == f"{said}\n{NO_INODES}"
    assert with_room(host(ROOM_ENOUGH), told, "/w/RUN") is told  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "state", [ended(0), ended(None), ended(None, lost=True), ended(1, stdout="x"), ended(1, stderr="x")]
)
def test_a_job_that_ended_well_or_was_lost_or_said_something_speaks_for_itself(state: JobState) -> None:
    assert with_room(host(NO_INODES), state, "/w/RUN") is state  # type: ignore[arg-type]


def test_a_job_without_a_word_on_a_host_that_is_gone_is_told_as_it_ended() -> None:
    gone = HostUnreachable("gone", where="x", fix="-", code="SP501")
    assert with_room(host(gone), ended(), "/w/RUN") == ended()  # type: ignore[arg-type]


@pytest.mark.parametrize("said", ["", "bash: line 1: x: No space left on device"])
@pytest.mark.parametrize(("room", "code"), [(NO_INODES, "SP285"), (NO_BYTES, "SP284")])
def test_a_start_that_had_no_room_is_told_as_a_full_disk(said: str, room: str, code: str) -> None:
    error = full_disk(host(room), "/w", failed(said), doing="fetch_wal could not be started")  # type: ignore[arg-type]
    assert error is not None
    assert error.code == code


@pytest.mark.parametrize("said", ["", "bash: line 1: x: Permission denied"])
def test_a_start_that_had_room_is_told_as_it_failed(said: str) -> None:
    assert full_disk(host(ROOM_ENOUGH), "/w", failed(said), doing="it could not be started") is None  # type: ignore[arg-type]
