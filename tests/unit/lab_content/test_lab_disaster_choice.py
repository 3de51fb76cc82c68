"""Which disasters the lab causes, and how long it waits for anything."""

from __future__ import annotations

import pytest

from stormproof.core.errors import CommandFailed, Refused, TimedOut
from stormproof.lab.disaster import refuse_unknown
from stormproof.lab.waiting import wait_until


@pytest.mark.parametrize(("kind", "table"), [("loss", None), ("dropped-table", None), ("dropped-table", "orders")])
def test_known_disasters_are_let_through(kind, table):
    refuse_unknown(kind, table)


def test_an_unknown_disaster_is_refused():
    with pytest.raises(Refused) as refused:
        refuse_unknown("flood", None)
    assert str(refused.value) == (
        "error SP102: the lab cannot cause 'flood'\n  where: scenario.kind\n  fix:   use one of: loss, dropped-table"
    )


def test_a_table_that_the_lab_could_not_put_back_is_refused():
    with pytest.raises(Refused) as refused:
        refuse_unknown("dropped-table", "payments")
    assert str(refused.value) == (
        "error SP102: the lab can drop and put back 'orders', not 'payments'\n"
        "  where: scenario.table\n"
        "  fix:   write table: orders"
    )


def test_a_wait_ends_and_says_what_for():
    with pytest.raises(TimedOut) as timed_out:
        wait_until(lambda: False, what="the rain", where="outside", fix="look up", timeout_seconds=0.0)
    assert str(timed_out.value) == ("error SP692: waited 0 s for the rain\n  where: outside\n  fix:   look up")


def test_a_question_that_fails_counts_as_no_and_its_words_are_kept():
    def broken() -> bool:
        raise CommandFailed("it failed", where="here", fix="mend it", status=2, output="no such server")

    with pytest.raises(TimedOut) as timed_out:
        wait_until(broken, what="the server", where="here", fix="mend it", timeout_seconds=0.0)
    assert timed_out.value.what == "waited 0 s for the server; last answer: no such server"


def test_a_yes_ends_the_wait_at_once():
    answers = iter([False, True])
    wait_until(lambda: next(answers), what="it", where="-", fix="-", timeout_seconds=5.0, poll_seconds=0.0)
