"""One run at a time has a host: tried with the real script on a real sshd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_support import PrivateSshd

from stormproof.adapters import host_claim
from stormproof.adapters.host_claim import Claim, HostInUse, HostLeftInUse, claimed, clear, owner_of
from stormproof.adapters.ssh import SshHost, SshPlace
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.errors import Interrupted, StoppedHalfWay, StormproofError

pytestmark = pytest.mark.component
FIRST, SECOND = "20261126T040000Z-aaaa", "20261126T040001Z-bbbb"


@pytest.fixture
def host(private_sshd: PrivateSshd, tmp_path: Path) -> Iterator[SshHost]:
    server = private_sshd
    opened = SshHost(
        SshPlace("recovery-1", "127.0.0.1", server.port, server.user, server.host_key, server.identity, str(tmp_path / "work"))
    )  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def claim(host: SshHost, work: Path, run: str) -> Claim:
    return Claim(host, str(work), run, "process 1 on here")


def lapse(work: Path, run: str) -> None:
    """As if its runner had died an hour ago."""
    words = (work / ".owner").read_text().split(" ", 3)
    assert words[0] == run
    (work / ".owner").write_text(" ".join([words[0], words[1], "0", words[3]]))


def second(
    host: SshHost, work: Path, said: list[str], *, stopped: StormproofError | None = None, wait_seconds: float = 0
) -> None:
    with claimed(
        host, str(work), SECOND, who="process 2 on there", clock=SystemClock(), say=said.append,
        stopped=lambda: stopped, wait_seconds=wait_seconds,
    ):  # fmt: skip
        pass


def test_a_free_host_is_had_and_given_back_without_a_trace(host: SshHost, work: Path) -> None:
    one = claim(host, work, FIRST)
    assert one.take() is None
    assert (work / ".owner").read_text().startswith(f"{FIRST} ")
    one.check()
    one.release()
    assert list(work.iterdir()) == []


def test_a_run_has_its_host_again_after_its_runner_died(host: SshHost, work: Path) -> None:
    assert claim(host, work, FIRST).take() is None
    assert claim(host, work, FIRST).take() is None


def test_while_the_first_lives_the_second_says_so_and_gives_up_in_bounded_time(host: SshHost, work: Path) -> None:
    one = claim(host, work, FIRST)
    one.take()
    said: list[str] = []
    with pytest.raises(HostInUse, match=f"in use by run {FIRST}"):
        second(host, work, said)
    with pytest.raises(HostInUse):
        second(host, work, said, wait_seconds=5)
    assert said == [f"recovery-1 is in use by run {FIRST} (process 1 on here); waiting for it"]
    one.release()
    second(host, work, said)


def test_one_who_waits_can_be_stopped(host: SshHost, work: Path) -> None:
    one = claim(host, work, FIRST)
    one.take()
    with pytest.raises(Interrupted):
        second(host, work, [], stopped=Interrupted("stopped", where="here", fix="again"), wait_seconds=60)
    one.release()


def test_what_a_dead_runner_left_refuses_the_second_at_once_and_says_how_to_go_on(host: SshHost, work: Path) -> None:
    claim(host, work, FIRST).take()
    (work / FIRST).mkdir()
    lapse(work, FIRST)
    with pytest.raises(HostLeftInUse, match=f"run {FIRST}") as told:
        second(host, work, [], wait_seconds=60)
    assert f"drill resume {FIRST}" in told.value.fix


def test_a_lapsed_claim_that_left_nothing_is_taken_over_and_the_first_is_told(host: SshHost, work: Path) -> None:
    one = claim(host, work, FIRST)
    one.take()
    lapse(work, FIRST)
    two = claim(host, work, SECOND)
    assert two.take() is None
    with pytest.raises(StoppedHalfWay, match=SECOND):
        one.check()
    one.release()
    owner = owner_of(host, str(work))
    assert owner is not None
    assert owner.run_id == SECOND
    two.release()


def test_a_claim_of_before_a_reboot_stands_until_its_runner_had_time_to_renew_it(host: SshHost, work: Path) -> None:
    claim(host, work, FIRST).take()
    words = (work / ".owner").read_text().split(" ", 3)
    (work / ".owner").write_text(" ".join([words[0], "another-boot", "999999999", words[3]]))
    owner = owner_of(host, str(work))
    assert owner is not None
    assert (owner.run_id, owner.lapsed) == (
        FIRST,
        float(Path("/proc/uptime").read_text().split()[0]) >= host_claim.TTL_SECONDS,
    )


def test_only_the_named_runs_claim_is_cleared(host: SshHost, work: Path) -> None:
    claim(host, work, FIRST).take()
    clear(host, str(work), SECOND)
    assert owner_of(host, str(work)) is not None
    clear(host, str(work), FIRST)
    assert owner_of(host, str(work)) is None


def test_a_host_without_a_work_folder_has_no_owner(host: SshHost, work: Path) -> None:
    assert owner_of(host, str(work)) is None
    assert not work.exists()
