"""The tables of tests/tables are whole: one planter a row, one observation a row, and a page that says just that."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

from tables.document import PAGE, page
from tables.index import SECTIONS, all_rows
from tables.seen import read

COMPONENT = Path(__file__).parents[1] / "component"
EVERY_ROW = [row for section in SECTIONS for row in all_rows(section)]


def _registered() -> list[str]:
    """The ids in every `@plants(...)` under tests/component, read without importing what needs a lab.

    `@plants(*(row.id for row in rows("controls") if …))` stands for those of that section that nobody names.
    """
    found: list[str] = []
    whole: list[str] = []
    for path in COMPONENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "plants":
                found += [one.value for one in node.args if isinstance(one, ast.Constant)]
                starred = [inner for one in node.args if isinstance(one, ast.Starred) for inner in ast.walk(one)]
                whole += [
                    call.args[0].value
                    for call in starred
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "rows"
                    and isinstance(call.args[0], ast.Constant)
                ]  # fmt: skip
    return found + [row.id for section in whole for row in all_rows(section) if row.id not in found]


def test_an_id_means_one_row() -> None:
    ids = [row.id for row in EVERY_ROW]
    assert [one for one in ids if ids.count(one) > 1] == []


def test_every_row_stands_in_its_own_section() -> None:
    assert [row.id for section in SECTIONS for row in all_rows(section) if row.section != section] == []


def test_every_row_has_one_planter_and_every_planter_a_row() -> None:
    registered = _registered()
    assert [one for one in registered if registered.count(one) > 1] == []
    assert sorted(registered) == sorted(row.id for row in EVERY_ROW)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_row_was_seen_and_nothing_else(section: str) -> None:
    assert sorted(read(section)) == sorted(row.id for row in all_rows(section))


def test_what_was_seen_is_what_the_row_expects() -> None:
    for section, row in itertools.chain.from_iterable(((s, r) for r in all_rows(s)) for s in SECTIONS):
        seen = read(section)[row.id]
        assert (seen["verdict"], seen["exit_code"]) == (row.expect.verdict, row.expect.exit_code), row.id
        assert set(row.expect.codes) <= set(seen["codes"]), row.id


def test_the_page_says_what_was_seen() -> None:
    assert PAGE.read_text() == page(), "write it again: PYTHONPATH=tests python -m tables.document"
