"""Runbooks are loaded by path; siblings see each other; mistakes are named with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stormproof.core.errors import Refused, SpecInvalid, Terminated
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


MINE = "class Mine({}):\n    pass\n\n\nraise Mine('three words here')\n"
UNSAYABLE = "class Mine(Exception):\n    def __str__(self):\n        raise ValueError\n\n\nraise Mine\n"
TYPED = "from stormproof.core.errors import {0}\nraise {0}('no', where='here', fix='there')\n"


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("x = 1\nraise Exception('three words here')\n", "Exception: three words here", 2),
        ("raise Exception\n", "Exception", 1),
        (MINE.format("Exception"), "Mine: three words here", 5),
        (MINE.format("BaseException"), "Mine: three words here", 5),
        (MINE.format("KeyboardInterrupt"), "Mine: three words here", 5),  # its own kind of it, which no key made
        (UNSAYABLE, "Mine: (its own words cannot be read: ValueError)", 6),
        ("raise GeneratorExit\n", "GeneratorExit", 1),
        ("raise MemoryError\n", "MemoryError", 1),
        ("raise ExceptionGroup('both', [ValueError(), Exception()])\n", "ExceptionGroup: both (2 sub-exceptions)", 1),
        ("def f():\n    f()\nf()\n", "RecursionError: maximum recursion depth exceeded", 2),
        ("raise Exception('a\\nb' * 400)\n", f"Exception: {('a b' * 400)[:300]}", 1),
        ("x = 1\nexec('(')\n", "SyntaxError: '(' was never closed (<string>, line 1)", 2),
        ("raise SyntaxError('odd', (5, 'x', None, None))\n", "SyntaxError: odd", 1),
        # Raised by the module itself: without an exit code, or with one that is not the command's to give.
        (TYPED.format("StormproofError"), "StormproofError: error: no where: here fix: there", 2),
        (TYPED.format("SetupFailed"), "SetupFailed: error: no where: here fix: there", 2),
        ("import sys\nsys.modules[__name__] = 5\n", "TypeError: vars() argument must have __dict__ attribute", 1),
    ],
)  # fmt: skip
def test_whatever_a_module_raises_is_its_mistake_with_its_line(tmp_path: Path, text: str, what: str, line: int) -> None:
    write(tmp_path, broken=text, base=book_text("base"))
    books, problems = find_runbooks(tmp_path)
    assert list(books) == ["base"]
    assert [(p.what, p.where) for p in problems] == [
        (f"broken.py cannot be imported: {what}", f"{tmp_path}/broken.py:{line}")
    ]


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (b"x = 1\ny = '\0'\n", "broken.py is no Python: it holds a null byte", 2),
        ("x = 1\n".encode("utf-16"), "broken.py is no Python: it holds a null byte", 1),
        (b"x = 1\ny = '\xff'\n", "broken.py is no Python: (unicode error) 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte", 2),
        (b"# -*- coding: nope -*-\n", "broken.py is no Python: unknown encoding: nope", 1),
        (b"if True:\n\tx = 1\n        y = 2\n", "broken.py is no Python: inconsistent use of tabs and spaces in indentation", 3),
        (b"x = " + b"9" * 5000 + b"\n", "broken.py is no Python: Exceeds the limit (4300 digits) for integer string "
         "conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal "
         "for huge integer literals to avoid decimal conversion limits.", 1),
    ],
)  # fmt: skip
def test_a_file_that_is_no_python_is_told_with_its_line(tmp_path: Path, content: bytes, what: str, line: int) -> None:
    (tmp_path / "broken.py").write_bytes(content)
    books, problems = find_runbooks(tmp_path)
    assert books == {}
    assert [(p.what, p.where) for p in problems] == [(what, f"{tmp_path}/broken.py:{line}")]


def test_modules_that_import_each_other_in_a_circle_are_told(tmp_path: Path) -> None:
    write(tmp_path, one="from two import b\na = 1\n", two="from one import a\nb = 1\n")
    books, problems = find_runbooks(tmp_path)
    assert books == {}
    assert [(problem.what, problem.where) for problem in problems] == [
        (
            "one.py cannot be imported: ImportError: cannot import name 'a' from partially initialized module 'one' "
            f"(most likely due to a circular import) ({tmp_path}/one.py)",
            f"{tmp_path}/two.py:1",
        ),
        (
            f"two.py cannot be imported: ImportError: cannot import name 'a' from 'one' ({tmp_path}/one.py)",
            f"{tmp_path}/two.py:1",
        ),
    ]


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "Terminated", "HungUp"])
def test_a_signal_during_the_import_is_nobodys_mistake(tmp_path: Path, kind: str) -> None:
    words = "" if kind == "KeyboardInterrupt" else "('x', where='x', fix='x')"
    write(tmp_path, slow=f"from stormproof.core.errors import *\nraise {kind}{words}\n", base=book_text("base"))
    with pytest.raises(KeyboardInterrupt if kind == "KeyboardInterrupt" else Terminated):
        find_runbooks(tmp_path)


def test_what_a_value_says_of_itself_is_not_asked(tmp_path: Path) -> None:
    odd = "class Odd:\n    __class__ = property(lambda self: 1 / 0)\n\n\nodd = Odd()\n"
    write(tmp_path, base=book_text("base", body=odd))
    assert list(load_runbooks(tmp_path)) == ["base"]


@pytest.mark.parametrize(
    ("before", "after", "what", "fix"),
    [
        ('title="A"', "title=5", "title of step 'a' cannot be 5", "give text"),
        ('title="A"', r'title="\ud800"', r"title of step 'a' cannot be '\ud800'", "give text"),
        ("phase=Phase.RESTORE", 'phase="restore"', "phase of step 'a' cannot be 'restore'",
         "give one of Phase.DETECT, Phase.DECIDE, Phase.PROVISION, Phase.FETCH, Phase.RESTORE, Phase.REPLAY, Phase.START, "
         "Phase.CUT_OVER"),
        ("repeatable=True", "repeatable=1", "repeatable of step 'a' cannot be 1", "give True or False"),
        ("repeatable=True", "needs=([],)", "needs of step 'a' cannot be a tuple", "give a list of steps, or of their names"),
        ("repeatable=True", "retry=5", "retry of step 'a' cannot be 5", "give a Retry with numbers, and errors of "
         "stormproof in `on`"),
        ("repeatable=True", "approvals='2'", "approvals of step 'a' cannot be '2'", "give a whole number"),
        ("repeatable=True", "touches=['x']", "touches of step 'a' cannot be a list", "give a function of the plan"),
        ("repeatable=True", "expected_seconds=float('nan')", "expected_seconds of step 'a' cannot be nan",
         "give a number of seconds"),
        ("repeatable=True", "timeout_seconds=float('inf')", "timeout_seconds of step 'a' cannot be inf",
         "give a number of seconds"),
        ("repeatable=True", "timeout_seconds=10**400", "timeout_seconds of step 'a' cannot be a int",
         "give a number of seconds"),
        ('"base"', "5", "name of runbook 5 cannot be 5", "give a word"),
        ('"base"', '"a\\nb"', r"name of runbook 'a\nb' cannot be 'a\nb'", "give a word"),
        ('title="Restore base"', "title=None", "title of runbook 'base' cannot be None", "give text"),
        ('service_kind="postgres"', "service_kind='x', description=Phase", "description of runbook 'base' cannot be a EnumType",
         "give text"),
        ('service_kind="postgres"', "service_kind=b'x'", "service_kind of runbook 'base' cannot be a bytes",
         "give the kind of a service, such as 'postgres'"),
        ('service_kind="postgres"', "service_kind='x', parameters={1: 2}", "parameters of runbook 'base' cannot be a dict",
         "give a mapping of names to what they mean, in words"),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_kind_is_told(tmp_path: Path, before: str, after: str, what: str, fix: str) -> None:
    text = book_text("base")
    assert before in text
    write(tmp_path, base=text.replace(before, after), other=book_text("other"))
    books, problems = find_runbooks(tmp_path)
    assert list(books) == ["other"]
    assert [(p.what, p.fix) for p in problems] == [(what, fix)]
    assert problems[0].where.startswith(f"{tmp_path}/base.py:")


def test_a_verify_that_is_no_function_is_told(tmp_path: Path) -> None:
    write(tmp_path, base=book_text("base") + "\na.verify(5)\n")
    _, problems = find_runbooks(tmp_path)
    assert [problem.what for problem in problems] == ["verify of step 'a' cannot be 5"]
