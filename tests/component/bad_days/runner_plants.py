"""What makes each row of tests/tables/runner_faults.py happen that takes the shared lab."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab_day import DRILL, STORMPROOF, Day, Running, saw_of

from tables.planting import plants
from tables.row import Saw

KILLED = -9


# -- the runner is killed, and somebody goes on


@plants("runner-killed-mid-restore")
def killed_mid_restore(day: Day) -> Saw:
    run = killed(day, "restore_base:intent")
    return day.outcome(day.start("drill", "resume", run, "--json"))


@plants("runner-killed-mid-checks")
def killed_mid_checks(day: Day) -> Saw:
    run = killed(day, "first_write_and_read:done")
    return day.outcome(day.start("drill", "resume", run, "--json"))


@plants("runner-killed-before-tear-down")
def killed_before_tear_down(day: Day) -> Saw:
    run = killed(day, "drill-measured:written")
    return day.outcome(day.start("drill", "resume", run, "--json"))


@plants("runner-killed-before-signing")
def killed_before_signing(day: Day) -> Saw:
    run = killed(day, "destroyed:written")
    return day.outcome(day.start("drill", "resume", run, "--json"), note="the result is the one of before the kill")


@plants("runner-killed-after-signing")
def killed_after_signing(day: Day) -> Saw:
    run = killed(day, "drill-signed:unwritten")
    saw = day.outcome(day.start("drill", "resume", run, "--json"))
    assert evidence(day, run)["verdict"]
    return saw


@plants("runner-killed-before-anything-moved")
def killed_at_the_start(day: Day) -> Saw:
    run = killed(day, "create-run:unwritten")
    return swept(day, run)


@plants("runner-killed-and-swept")
def killed_and_swept(day: Day) -> Saw:
    return swept(day, killed(day, "replay:intent"))


@plants("runner-killed-before-signing-and-swept")
def killed_before_signing_and_swept(day: Day) -> Saw:
    return swept(day, killed(day, "destroyed:written"))


# -- signals


@plants("sigterm", "sigint", "sigint-twice", "sighup")
def a_signal(day: Day, row_id: str) -> Saw:
    number = {"sigterm": signal.SIGTERM, "sighup": signal.SIGHUP}.get(row_id, signal.SIGINT)
    with day.slowly():
        running = day.drill()
        day.restoring(running)
        running.process.send_signal(number)
        if row_id == "sigint-twice":
            assert running.process.stderr is not None
            told = ""
            while "stopping: the step in flight ends first" not in told:
                line = running.process.stderr.readline()
                assert line, told
                told += line
            running.process.send_signal(number)
    return day.outcome(running)


# -- whoever reads us


@plants("stdout-closed")
def stdout_closed(day: Day) -> Saw:
    return through_a_shell(
        day, f"{shlex.quote(str(STORMPROOF))} drill run {DRILL} | head -n 1; exit ${{PIPESTATUS[0]}}"
    )


@plants("stdout-full")
def stdout_full(day: Day) -> Saw:
    return through_a_shell(day, f"{shlex.quote(str(STORMPROOF))} drill run {DRILL} >/dev/full")


# -- two at once


@plants("two-drills-in-one-lab")
def two_in_one_lab(day: Day) -> Saw:
    first = day.drill()
    day.wait(first, "[ -e /var/lib/stormproof/.owner ]")
    second = day.drill()
    status, out, said, _ = first.end()
    assert (status, json.loads(out)["verdict"]) == (0, "met"), said
    return day.outcome(second, note="the second waits for the first, and says so")


# -- the project's own state


@plants("signing-key-unreadable")
def signing_key_unreadable(day: Day) -> Saw:
    with signing_key(day) as key:
        key.write_text("this is no key\n")
        return day.outcome(day.drill())


@plants("signing-key-open-to-others")
def signing_key_open(day: Day) -> Saw:
    with signing_key(day) as key:
        key.chmod(0o644)
        return day.outcome(day.drill())


@plants("signing-key-missing")
def signing_key_missing(day: Day) -> Saw:
    with signing_key(day) as key:
        key.unlink()
        return day.outcome(day.drill())


@plants("state-folder-not-writable")
def state_folder_not_writable(day: Day) -> Saw:
    state = day.project.state
    if os.geteuid() != 0:
        state.chmod(0o500)
        try:
            return day.outcome(day.drill())
        finally:
            state.chmod(0o700)
    quoted = shlex.quote(str(state))
    read_only = f'mount --bind {quoted} {quoted} && mount -o remount,bind,ro {quoted} && exec "$@"'
    return day.outcome(
        day.start("drill", "run", DRILL, "--json", before=["unshare", "--mount", "sh", "-c", read_only, "sh"])
    )


@plants("evidence-disk-full")
def evidence_disk_full(day: Day) -> Saw:
    """Full before the drill begins: it would leave no trace, so nothing is begun."""
    folder = shlex.quote(str(day.project.state / "evidence"))
    full = f'mount -t tmpfs -o size=64k tmpfs {folder} && exec "$@"'
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    return day.outcome(
        day.start("drill", "run", DRILL, "--json", before=["unshare", *rights, "--mount", "sh", "-c", full, "sh"])
    )


def killed(day: Day, point: str) -> str:
    """A drill whose runner killed itself there; answers its run."""
    before = {path.name for path in (day.project.state / "evidence").glob("*.start.dsse.json")}
    status, out, said, _ = day.killed_at(point, "drill", "run", DRILL).end()
    assert status == KILLED, f"{point} was not met: {status}\n{out[-1000:]}\n{said[-2000:]}"
    after = {path.name for path in (day.project.state / "evidence").glob("*.start.dsse.json")}
    (made,) = after - before
    return made.removesuffix(".start.dsse.json")


def swept(day: Day, run: str) -> Saw:
    """What the sweep says, and the verdict that it signed."""
    began = time.monotonic()
    done = day.project.run("drill", "sweep", run, "--json")
    document = json.loads(done.stdout)
    assert document["closed"] == [run], document
    assert state_of(day, run) not in ("created", "running", "undoing"), "what is over is listed as if it went on"
    result = evidence(day, run)
    codes = tuple(sorted({finding["code"] for finding in result["findings"]}))
    return Saw(
        verdict=result["verdict"], exit_code=done.returncode, codes=codes, said=done.stdout,
        seconds=time.monotonic() - began, left=day.left(), note="the verdict is the one that the sweep signed",
    )  # fmt: skip


def state_of(day: Day, run: str) -> str:
    """As `drill status` lists it. A run that never came into the journal has none."""
    runs = json.loads(day.project.run("drill", "status", "--json").stdout)["runs"]
    return next((str(entry["state"]) for entry in runs if entry["run"] == run), "")


def evidence(day: Day, run: str) -> dict[str, object]:
    """The signed result."""
    document: dict[str, object] = json.loads(day.project.run("report", run, "--format", "json").stdout)
    return document


def through_a_shell(day: Day, script: str) -> Saw:
    """A drill whose standard output is not there; its verdict is read from the evidence."""
    before = {path.name for path in (day.project.state / "evidence").iterdir()}
    began = time.monotonic()
    running = Running(day.shell(script), began)
    status, out, said, seconds = running.end()
    after = {path.name for path in (day.project.state / "evidence").iterdir()}
    (run,) = {name.split(".")[0] for name in after - before if name.endswith("Z.dsse.json") or ".start." in name}
    verdict = evidence(day, run)["verdict"]
    assert isinstance(verdict, str)
    told = saw_of(status, out, said, seconds, left=day.left())
    codes = ("SP129",) if "SP129" in said else ()
    return Saw(
        verdict, status, codes, told.said, seconds, told.left, "the drill itself ends as if somebody had read it"
    )


@contextmanager
def signing_key(day: Day) -> Iterator[Path]:
    """The project's private key; whatever is done to it is put right."""
    key = day.project.state / "keys" / "evidence.key"
    if not key.exists():
        day.project.json("evidence", "keygen")
    whole = key.read_bytes()
    try:
        yield key
    finally:
        key.touch(mode=0o600)
        key.write_bytes(whole)
        key.chmod(0o600)
