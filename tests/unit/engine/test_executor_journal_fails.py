"""A journal that fails at any write: nothing is done that is not written down, and a resume ends as if it had not."""

from __future__ import annotations

from typing import Any

import pytest
from engine_support import RUN, Bench, a_book, add

from stormproof.adapters.journal_memory import MemoryJournal
from stormproof.core.errors import RunFailed
from stormproof.core.journal import JournalUnusable, JournalUnwritable
from stormproof.core.run_state import RunState
from stormproof.engine.runbook import NOT_BEGUN

FULL = JournalUnwritable("the disk is full", where="journal", fix="free some space", code="SP269")


class FailingJournal(MemoryJournal):
    """Fails at its N-th write, and at every one after it until mended."""

    def __init__(self, fail_at: int) -> None:
        super().__init__()
        self.left: float = fail_at

    def mend(self) -> None:
        self.left = float("inf")

    def _owned(self, run_id: str, token: int) -> Any:
        self.left -= 1
        if self.left <= 0:
            raise FULL
        return super()._owned(run_id, token)


def bench_of(fail_at: int, *, fails: bool) -> tuple[Bench, list[str]]:
    bench, acts = Bench(a_book(), journal=FailingJournal(fail_at)), []
    for name, needs in (("a", ()), ("b", ("a",)), ("c", ("b",))):
        step = add(
            bench.book,
            name,
            lambda c, name=name: acts.append(name),
            verify=lambda c, name=name: True if name in acts else NOT_BEGUN,
            undo=lambda c, name=name: name in acts and acts.remove(name),
            repeatable=False,
            needs=needs,
        )
        step.outputs_of(lambda c: {})

    def end(context: Any) -> None:
        if fails:
            raise RunFailed("broke", where="x", fix="y")

    add(bench.book, "end", end, needs=("c",))
    return bench, acts


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("fail_at", range(2, 13))
def test_after_a_write_that_failed_nothing_is_done_and_a_resume_ends_the_same(fail_at: int, fails: bool) -> None:
    bench, acts = bench_of(fail_at, fails=fails)
    journal: Any = bench.journal
    with pytest.raises(JournalUnwritable) as stopped:
        bench.run()
    assert stopped.value.__cause__ is FULL
    assert stopped.value.fix == f"free some space; then `stormproof runbook resume {RUN}`"
    written = [move.split()[0] for move in bench.moves() if move.endswith("started")]
    assert acts == written[: len(acts)]
    assert len(written) - len(acts) in (0, 1)
    journal.mend()
    with bench.session(dead=lambda holder: True) as session:
        outcome = bench.execute(session)
    assert (outcome.state, acts) == ((RunState.UNDONE, []) if fails else (RunState.DONE, ["a", "b", "c"]))


def test_a_journal_that_cannot_be_read_any_more_stops_the_run_half_way() -> None:
    bench = Bench(a_book())
    undone: list[str] = []

    def act(context: Any) -> None:
        def unreadable(run_id: str) -> Any:
            raise JournalUnusable("it is damaged", where="journal", fix="look", code="SP267")

        bench.journal.run = unreadable  # type: ignore[method-assign]
        context.sleep(100_000)

    add(bench.book, "a", act, undo=lambda c: undone.append("a"), timeout_seconds=1_000_000)
    bench.begin()
    with pytest.raises(JournalUnwritable) as stopped:
        bench.go_on()
    assert (stopped.value.exit_code, undone) == (6, [])
    assert stopped.value.fix == f"look; then `stormproof runbook resume {RUN}`"
