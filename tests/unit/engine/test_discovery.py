"""Runbooks are loaded by path; siblings see each other; mistakes are named with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stormproof.core.errors import Refused, SpecInvalid
from stormproof.engine.discovery import find_runbooks, load_runbook, load_runbooks

HEAD = """from __future__ import annotations
from stormproof.engine.runbook import Context, Outputs, Phase, Runbook
"""


def book_text(name: str, *, body: str = "") -> str:
    return f'''{HEAD}
{body}
book = Runbook("{name}", title="Restore {name}", service_kind="postgres")

@book.step(title="A", phase=Phase.RESTORE, repeatable=True)
def a(context: Context) -> None:
    """Read."""
'''


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import base", "base.book"),
        ("from base import book as base_book", "base_book"),
        ("from runbooks import base", "base.book"),
        ("from runbooks.base import book as base_book", "base_book"),
        ("import runbooks.base", "runbooks.base.book"),
        ("from . import base", "base.book"),
        ("from .base import book as base_book", "base_book"),
    ],
)
def test_siblings_import_one_another_in_every_usual_way(tmp_path: Path, statement: str, name: str) -> None:
    write(tmp_path, base=book_text("base"))
    write(tmp_path, alone=f'{HEAD}{statement}\nbook = Runbook("alone", title="x", service_kind="y")\n')
    (tmp_path / "alone.py").open("a").write(f'book.include({name}, prefix="p")\n')
    books = load_runbooks(tmp_path)
    assert [bound.name for bound in books["alone"].steps] == ["p.a"]
    assert books["alone"].steps[0].step is books["base"].steps[0].step


def test_loading_leaves_no_name_and_no_file_behind(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("base"), other=book_text("other", body="import base, runbooks.base"))
    before, path, meta = set(sys.modules), list(sys.path), list(sys.meta_path)
    load_runbooks(tmp_path)
    new = set(sys.modules) - before
    assert all(name.startswith("_stormproof_runbooks_") for name in new)
    assert (sys.path, sys.meta_path) == (path, meta)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base.py", "other.py"]


def test_a_users_own_module_of_that_name_is_there_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = type(sys)("base")
    monkeypatch.setitem(sys.modules, "base", mine)
    write(tmp_path, base=book_text("base"), other=book_text("other", body="import base\nassert base.book"))
    load_runbooks(tmp_path)
    assert sys.modules["base"] is mine


def test_a_module_named_like_a_standard_one_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, json=book_text("j"), other=book_text("other", body="import json\nassert json.dumps"))
    assert sorted(load_runbooks(tmp_path)) == ["j", "other"]


def test_two_projects_do_not_meet(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        write(folder, base=book_text(folder.name), other=book_text("other", body="import base; found = base.book.name"))
    assert sorted(load_runbooks(one)) == ["one", "other"]
    assert sorted(load_runbooks(two)) == ["other", "two"]


def test_a_changed_module_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("before"))
    load_runbooks(tmp_path)
    write(tmp_path, base=book_text("afterw"))  # as long, and within the same second
    assert list(load_runbooks(tmp_path)) == ["afterw"]


def test_a_module_without_a_runbook_only_helps(tmp_path: Path) -> None:
    write(tmp_path, helper="X = 1\n", base=book_text("base", body="from helper import X"))
    assert list(load_runbooks(tmp_path)) == ["base"]


def test_a_book_belongs_to_the_module_that_made_it(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("base"), user=book_text("user", body="from base import book as other"))
    assert sorted(load_runbooks(tmp_path)) == ["base", "user"]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("x = 1\ny = (\n", "broken.py is no Python: '(' was never closed", 2),
        ("x = 1\nimport nowhere\n", "broken.py cannot be imported: ModuleNotFoundError: No module named 'nowhere'", 2),
        ("x = 1\n\nx.y\n", "broken.py cannot be imported: AttributeError: 'int' object has no attribute 'y'", 3),
        ("{}['k']\n", "broken.py cannot be imported: KeyError: 'k'", 1),
        ("import sys\nsys.exit(0)\n", "broken.py cannot be imported: SystemExit: 0", 2),  # or a drill would end with 0
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_its_line_and_the_others_are_there(
    tmp_path: Path, text: str, what: str, line: int
) -> None:
    write(tmp_path, broken=text, base=book_text("base"))
    books, problems = find_runbooks(tmp_path)
    assert list(books) == ["base"]
    assert [(p.what, p.where, p.fix) for p in problems] == [(what, f"{tmp_path}/broken.py:{line}", "correct the line")]


def test_a_mistake_in_a_sibling_is_said_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, broken="x = 1\n1/0\n", user=book_text("user", body="import broken"))
    books, problems = find_runbooks(tmp_path)
    assert books == {}
    assert {problem.where for problem in problems} == {f"{tmp_path}/broken.py:2"}


def test_mistakes_of_steps_are_found_by_loading(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("base").replace("repeatable=True", "needs=('b',)"))
    with pytest.raises(SpecInvalid) as refused:
        load_runbooks(tmp_path)
    assert [problem.what for problem in refused.value.problems] == [
        "step 'a' may not be repeated and has no verify, so after a crash nobody could know whether it happened",
        "step 'a' needs 'b', which is no step of this runbook",
    ]
    assert refused.value.problems[0].where.startswith(f"{tmp_path}/base.py:")


def test_two_runbooks_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, one=book_text("same"), two=book_text("same"))
    _, problems = find_runbooks(tmp_path)
    assert [problem.fix for problem in problems] == ["rename one of them"]


def test_an_unknown_runbook_is_refused_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("restore_shop"))
    with pytest.raises(Refused) as refused:
        load_runbook(tmp_path, "restore_shp")
    assert str(refused.value) == (
        f"error SP220: there is no runbook 'restore_shp'\n  where: {tmp_path}\n  fix:   did you mean 'restore_shop'?"
    )


def test_an_unknown_runbook_may_be_in_the_module_that_is_broken(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("base"), restore_shop="1/0\n")
    with pytest.raises(SpecInvalid):
        load_runbook(tmp_path, "restore_shop")
    assert load_runbook(tmp_path, "base").name == "base"


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        load_runbooks(tmp_path / "runbooks")
    assert refused.value.code == "SP221"


def test_a_folder_that_may_not_be_read_is_not_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stormproof.engine.discovery.os.access", lambda path, mode: False)
    with pytest.raises(Refused, match="cannot be read"):
        find_runbooks(tmp_path)
