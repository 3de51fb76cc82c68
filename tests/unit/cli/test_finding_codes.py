"""docs/findings.md says of each error as what it is raised, however the source names its class."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.cli.finding_codes import Told, page, told_in

SOURCE = """
class RunGone(StormproofError):
    def __init__(self, run):
        super().__init__(f"no run {run}", where="x", fix="list them", code="SP901")


def ended(number) -> Terminated:
    def helper() -> Refused:
        return Refused("outside", where="x", fix="y", code="SP903")

    return told_to_end(number)(f"ended by {number}", where="x", fix="run it again", code="SP902")


def late(found):
    return Finding(code="SP904", severity=Severity.HIGH, what="late", where="x", fix="be early")


def unknown(kind):
    return kind("not begun", where="x", fix="begin", code="SP905")
"""


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Told]:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "module.py").write_text(SOURCE)
    return {one.code: one for one in told_in(tmp_path)}


@pytest.mark.parametrize(
    ("code", "owner"),
    [("SP901", "`RunGone`"), ("SP902", "`Terminated`"), ("SP903", "`Refused`"), ("SP904", "high"), ("SP905", "")],
)
def test_a_code_names_the_error_that_it_is_raised_as(told: dict[str, Told], code: str, owner: str) -> None:
    assert told[code].weight == owner


def test_a_signal_has_its_owner_on_the_page() -> None:
    rows = [line for line in page(Path(__file__).parents[3], "").splitlines() if line.startswith("| SP143 ")]
    assert rows
    assert all("| `Terminated` |" in row for row in rows)
