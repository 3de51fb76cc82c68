"""A toy runbook in a process that is killed at its N-th kill point: before, inside and after each commit and each act.

Run as a script: kill_toy.py FOLDER BOOK; prints one JSON line per kill point. The script only forks; the engine runs in
its children, so that a kill ends an executor exactly as it would in life.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spec_samples import inventory

from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.adapters.system_clock import SystemClock
from stormproof.core.errors import RunFailed, StormproofError
from stormproof.core.redact import Redactor
from stormproof.engine.executor import begin_run, execute
from stormproof.engine.places import Places
from stormproof.engine.runbook import NOT_BEGUN, Context, NotBegun, Outputs, Phase, Runbook
from stormproof.engine.session import Session

RUN = "20260301T120000Z-0001"


class KillPoints:
    """Counts; at the N-th the process is gone."""

    def __init__(self, kill_at: int) -> None:
        self._left, self.passed, self._lock = kill_at, 0, threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.passed += 1
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()


class KillableJournal(SqliteJournal):
    """A kill point before each transaction, right before its commit, and after it."""

    def __init__(self, path: Path, points: KillPoints) -> None:
        self._points = points
        super().__init__(path)

        def inside(statement: str) -> None:
            if statement == "commit":
                points()

        self._connection.set_trace_callback(inside)

    @contextlib.contextmanager
    def _writing(self) -> Any:
        self._points()
        with super()._writing() as db:
            yield db
        self._points()


class World:
    """What acts act on: files. One append of one line is one act; nothing of it can be seen half done."""

    def __init__(self, folder: Path, points: KillPoints) -> None:
        self.folder, self.points = folder, points
        folder.mkdir(exist_ok=True)

    def act(self, name: str) -> None:
        self.points()
        with (self.folder / name).open("a") as file:
            file.write("acted\n")
        self.points()

    def acted(self, name: str) -> int:
        path = self.folder / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def take_back(self, name: str) -> None:
        self.points()
        (self.folder / name).unlink(missing_ok=True)
        self.points()

    def state(self) -> dict[str, int]:
        return {path.name: self.acted(path.name) for path in sorted(self.folder.iterdir())}


def toy(world: World, *, fails: bool) -> Runbook:
    book = Runbook("toy", title="A toy", service_kind="application")

    @book.step(title="Choose", phase=Phase.DECIDE, repeatable=True)
    def choose(context: Context) -> Outputs:
        """Repeatable, with outputs."""
        world.points()
        return {"point": "p1"}

    @book.step(title="Once, with outputs", phase=Phase.RESTORE, needs=(choose,))
    def once(context: Context) -> Outputs:
        """May not be repeated; its outputs are found by its verify."""
        world.act("once")
        return {"from": context.output("choose")["point"], "times": 1}

    @once.verify
    def once_verify(context: Context) -> Outputs | NotBegun:
        return {"from": "p1", "times": world.acted("once")} if world.acted("once") else NOT_BEGUN

    @once.undo
    def once_undo(context: Context) -> None:
        world.take_back("once")

    @book.step(title="Beside", phase=Phase.FETCH, needs=(choose,), repeatable=True)
    def beside(context: Context) -> None:
        """Repeatable: replaces what it left."""
        world.points()
        (world.folder / "beside").write_text("acted\n")
        world.points()

    @beside.undo
    def beside_undo(context: Context) -> None:
        world.take_back("beside")

    @book.step(title="Once, without outputs", phase=Phase.START, needs=(once, beside))
    def promote(context: Context) -> None:
        """May not be repeated."""
        world.act("promote")

    @promote.verify
    def promote_verify(context: Context) -> bool | NotBegun:
        return True if world.acted("promote") else NOT_BEGUN

    @promote.undo
    def promote_undo(context: Context) -> None:
        world.take_back("promote")

    @book.step(title="End", phase=Phase.CUT_OVER, needs=(promote,), repeatable=True)
    def end(context: Context) -> Outputs:
        """Sums up what the others handed on."""
        if fails:
            raise RunFailed("it broke", where="toy", fix="none")
        return {"sum": [context.output("choose"), context.output("once")]}

    return book


def executor(folder: Path, kill_at: int, *, fails: bool) -> int:
    """Begin or resume the run; answers how many kill points were passed."""
    points = KillPoints(kill_at)
    world = World(folder / "world", points)
    journal = KillableJournal(folder / "journal.sqlite", points)
    book = toy(world, fails=fails)
    if not journal.runs():
        begin_run(
            journal,
            book,
            run_id=RUN,
            mode="drill",
            environment="recovery",
            service="shop",
            parameters={},
            created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        )
    nothing: Any = None
    with Session(journal, RUN, SystemClock()) as session:
        execute(book, session, Places(inventory(lab=False), nothing, nothing), redactor=Redactor())
    journal.close()
    return points.passed


def in_child(work: Callable[[], int]) -> tuple[int, int]:
    """Run in a forked process; answers (signal or 0, kill points passed), or the failure of the child."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        status = 1
        try:
            os.write(write, str(work()).encode())
            status = 0
        except StormproofError as error:
            os.write(2, f"{error}\n".encode())
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    _, ended = os.waitpid(pid, 0)
    if os.WIFSIGNALED(ended):
        return os.WTERMSIG(ended), 0
    return (0, int(said)) if os.WEXITSTATUS(ended) == 0 and said else (-1, 0)


def outcome(folder: Path) -> dict[str, Any]:
    """What is left in the world and in the journal."""
    journal = SqliteJournal(folder / "journal.sqlite")
    world = World(folder / "world", KillPoints(0))
    newest = {record.step: record for record in journal.steps(RUN)}
    outputs = {record.step: record.outputs for record in journal.steps(RUN) if record.outputs is not None}
    found = {
        "run": journal.run(RUN).state.value,
        "world": world.state(),
        "steps": {name: record.state.value for name, record in sorted(newest.items())},
        "outputs": outputs,
    }
    journal.close()
    return found


def main() -> None:
    base, fails = Path(sys.argv[1]), sys.argv[2] == "failing"

    def case(name: str, *kills: int) -> int:
        folder = base / name
        folder.mkdir()
        ends = [in_child(lambda kill=kill: executor(folder, kill, fails=fails)) for kill in (*kills, 0)]
        print(json.dumps({"kills": kills, "ends": [end for end, _ in ends], **outcome(folder)}), flush=True)
        return ends[-1][1]

    total = case("calm")
    for number in range(1, total + 1):
        case(f"once-{number}", number)
    for number in range(1, total + 1, 8):
        for again in (2, 7):
            case(f"twice-{number}-{again}", number, again)


if __name__ == "__main__":
    main()
