"""The file that a restore broke off at: as the tool names it, else as the look at the repository does."""

from __future__ import annotations

import pytest
from drill_memory import TableHost

from stormproof.adapters.pgbackrest_damage import Backup, first_file, restore_failure
from stormproof.core.errors import HostUnreachable, Unverified
from stormproof.core.ports import Completed, JobState

BACKUP = Backup("main", "20261126-022707F", "/w/RUN/look", {})
ZST = "ERROR: [029]: raised from local-1 protocol: zst error: [-20] Data corruption detected"


def end(status: int, said: str) -> JobState:
    return JobState("restore_base-1", True, status, False, 3.0, "", said)


def told(state: JobState, answer: Completed | Exception) -> str:
    host = TableHost("recovery-1", answers=[("ACT=damaged", answer)])
    return restore_failure(host, state, BACKUP, pgdata="/w/RUN/pgdata", where="recovery-1: main").what  # type: ignore[arg-type]


def test_a_stream_that_cannot_be_read_is_looked_for_in_the_repository() -> None:
    answer = Completed(0, "damaged\tpg_data/base/16387/16489\t0\n", "", 0.1)
    assert told(end(29, ZST), answer).endswith("; the file is pg_data/base/16387/16489")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/w/RUN/pgdata/base/1/1255", "pg_data/base/1/1255"),
        ("/w/RUN/tablespaces/fast/PG_15_202209061/5/16400", "/w/RUN/tablespaces/fast/PG_15_202209061/5/16400"),
    ],
)
def test_a_checksum_that_does_not_fit_is_told_with_its_file_by_the_tool(path: str, name: str) -> None:
    said = f"ERROR: [026]: raised from local-1 protocol: error restoring '{path}': actual checksum 'a' does not match"
    assert told(end(26, said), Completed(0, "", "", 0.1)).endswith(f"; the file is {name}")


@pytest.mark.parametrize(
    "answer",
    [
        Completed(0, "", "", 0.1),  # none was found
        Completed(0, "damaged\tpg_data/x\t39\n", "", 0.1),  # the way broke: that says nothing of the file
        Completed(65, "", "", 0.1),
        Completed(0, "damaged\n", "", 0.1),
        HostUnreachable("gone", where="recovery-1", fix="-", code="SP501"),
    ],
)
def test_where_no_file_is_known_none_is_named(answer: Completed | Exception) -> None:
    assert "the file is" not in told(end(29, ZST), answer)


def test_an_end_that_speaks_of_no_damage_is_left_as_it_is() -> None:
    answer = Completed(0, "damaged\tpg_data/x\t0\n", "", 0.1)
    assert "the file is" not in told(end(64, "[28] No space left on device"), answer)


@pytest.mark.parametrize("text", ["", "file\ta\tb\tx\ty\n", "file\ta\n"])
def test_a_manifest_that_names_no_file_is_told(text: str) -> None:
    host = TableHost("recovery-1", answers=[("ACT=first", Completed(0, text, "", 0.1))])
    with pytest.raises(Unverified) as caught:
        first_file(host, BACKUP)  # type: ignore[arg-type]
    assert caught.value.code == "SP536"


def test_the_middle_of_a_part_lies_inside_its_bundle() -> None:
    host = TableHost(
        "x", answers=[("ACT=first", Completed(0, "file\tpg_data/a\tbackup/main/L/bundle/1\t100\t50\n", "", 0.1))]
    )
    assert first_file(host, BACKUP).middle == 125  # type: ignore[arg-type]
