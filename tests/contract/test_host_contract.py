"""What every Host promises, tried against a real sshd."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_support import PrivateSshd, free_port, start_sshd, stop_sshd

from stormproof.adapters.ssh import SshHost, SshPlace
from stormproof.core.errors import AccessRefused, CommandFailed, HostKeyMismatch, HostUnreachable, Refused, TimedOut

pytestmark = pytest.mark.component


@pytest.fixture
def host(private_sshd: PrivateSshd, tmp_path: Path) -> Iterator[SshHost]:
    opened = SshHost(place(private_sshd, tmp_path))
    yield opened
    opened.close()


def place(server: PrivateSshd, work: Path, **changed: object) -> SshPlace:
    values = {
        "name": "recovery-1",
        "address": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "host_key": server.host_key,
        "identity": server.identity,
        "work": str(work / "work"),
    } | changed
    return SshPlace(**values)  # type: ignore[arg-type]


def test_output_status_and_errors_come_back_apart(host: SshHost) -> None:
    done = host.run("echo out; echo err >&2; exit 7")
    assert (done.status, done.stdout, done.stderr) == (7, "out\n", "err\n")


def test_neither_script_nor_environment_stands_in_an_argument_list(host: SshHost) -> None:
    seen = host.check("cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo \"$WORD\"", env={"WORD": "s3cr3t'quote\n2"})
    assert seen.endswith("s3cr3t'quote\n2\n")
    assert seen.count("s3cr3t") == 1


def test_standard_input_is_handed_over_whole(host: SshHost) -> None:
    text = "ä" * 100_000
    assert host.check("sha256sum", stdin=text).split()[0] == hashlib.sha256(text.encode()).hexdigest()


def test_a_megabyte_on_each_stream_does_not_block(host: SshHost) -> None:
    done = host.run("head -c 3000000 /dev/zero | tr '\\0' e >&2; head -c 3000000 /dev/zero | tr '\\0' o")
    assert (len(done.stdout), len(done.stderr)) == (3_000_000, 3_000_000)


def test_a_failed_check_says_what_the_command_said(host: SshHost) -> None:
    with pytest.raises(CommandFailed) as caught:
        host.check("echo no space left >&2; exit 28")
    assert caught.value.status == 28
    assert "no space left" in str(caught.value)


def test_a_script_that_a_signal_ended_has_a_status_and_is_no_lost_connection(host: SshHost) -> None:
    done = host.run("echo before; kill -SEGV $$")
    assert (done.status, done.stdout) == (128 + 11, "before\n")
    assert host.run("exec bash -c 'kill -KILL $$'").status == 128 + 9


def test_a_script_that_does_not_end_is_ended_at_its_bound_on_the_host_too(host: SshHost) -> None:
    seconds = f"86399.{os.getpid()}"  # like no other's on this machine
    with pytest.raises(TimedOut):
        host.run(f"sleep {seconds}", timeout_seconds=0.3)
    ended = f"for _ in {{1..600}}; do pgrep -f 'sleep {seconds}' >/dev/null || exit 0; sleep 0.1; done; exit 1"
    assert host.run(ended, timeout_seconds=120).status == 0


def test_a_job_started_twice_runs_once_and_is_followed_to_its_end(host: SshHost) -> None:
    for _ in range(3):
        host.start_job(
            "run-1",
            "restore",
            'echo once >>"$MARK"; echo done; until [ -e "$MARK.go" ]; do sleep 0.05; done; exit 3',
            env={"MARK": host.work + "/m"},
        )
    assert host.job_state("run-1", "restore").status is None
    host.check(f"touch {host.work}/m.go")
    state = host.follow_job("run-1", "restore", timeout_seconds=60)
    assert (state.started, state.status, state.lost, state.stdout_tail) == (True, 3, False, "done\n")
    host.start_job("run-1", "restore", "echo again")
    assert host.check(f"cat {host.work}/m") == "once\n"


def test_a_job_that_nobody_started_is_said_to_be_so(host: SshHost) -> None:
    assert host.job_state("run-1", "nothing").started is False


def test_a_job_goes_on_when_the_connection_is_cut_and_is_found_again(host: SshHost, private_sshd: PrivateSshd) -> None:
    host.start_job("run-2", "long", "sleep 1; echo finished")
    cutter = threading.Timer(0.3, private_sshd.cut_sessions)
    cutter.start()
    state = host.follow_job("run-2", "long", timeout_seconds=60)
    cutter.join()
    assert (state.status, state.stdout_tail) == (0, "finished\n")


def test_a_job_whose_keeper_was_killed_is_lost_and_not_running(host: SshHost) -> None:
    host.start_job("run-3", "killed", "sleep 60")
    host.check(f"read -r pid _ <{host.work}/run-3/jobs/killed/begun; kill -KILL -- -$pid")
    state = host.follow_job("run-3", "killed", timeout_seconds=60)
    assert (state.started, state.status, state.lost) == (True, None, True)


def test_jobs_of_a_run_are_ended_with_their_children_and_no_other_run_is_touched(host: SshHost) -> None:
    host.start_job("run-4", "a", "sleep 71 & wait")
    host.start_job("run-5", "b", "sleep 72 & wait")
    assert host.kill_jobs("run-4") == ["a"]
    assert host.run("pgrep -f 'sleep 71'").status == 1
    assert host.run("pgrep -f 'sleep 72'").status == 0
    assert host.kill_jobs("run-5") == ["b"]
    assert host.kill_jobs("run-4") == []


def test_many_threads_share_one_connection(host: SshHost) -> None:
    answers: list[str] = []
    threads = [threading.Thread(target=lambda n=n: answers.append(host.check(f"echo {n}"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [f"{n}\n" for n in range(8)]


def test_another_host_key_is_refused_and_never_learned(private_sshd: PrivateSshd, tmp_path: Path) -> None:
    other = start_sshd(tmp_path / "other")
    try:
        host = SshHost(place(private_sshd, tmp_path, host_key=other.host_key))
        with pytest.raises(HostKeyMismatch, match="another key than the inventory pins"):
            host.run("true")
    finally:
        stop_sshd(other)


@pytest.mark.parametrize("pinned", ["", "ssh-ed25519", "ssh-ed25519 AAAA…", "nonsense AAAA"])
def test_a_host_without_a_usable_pinned_key_is_refused(private_sshd: PrivateSshd, tmp_path: Path, pinned: str) -> None:
    with pytest.raises(HostKeyMismatch, match="pins no usable host key"):
        SshHost(place(private_sshd, tmp_path, host_key=pinned)).run("true")


def test_a_refused_key_is_final(private_sshd: PrivateSshd, tmp_path: Path) -> None:
    other = start_sshd(tmp_path / "other")
    stop_sshd(other)
    with pytest.raises(AccessRefused, match="refused the key client_key"):
        SshHost(place(private_sshd, tmp_path, identity=other.identity)).run("true")


def test_a_key_that_others_can_read_is_refused(private_sshd: PrivateSshd, tmp_path: Path) -> None:
    copy = tmp_path / "key"
    copy.write_bytes(private_sshd.identity.read_bytes())
    copy.chmod(0o644)
    with pytest.raises(Refused, match="readable by others"):
        SshHost(place(private_sshd, tmp_path, identity=copy)).run("true")


def test_nobody_listening_is_unreachable(private_sshd: PrivateSshd, tmp_path: Path) -> None:
    with pytest.raises(HostUnreachable):
        SshHost(place(private_sshd, tmp_path, port=free_port())).run("true")
