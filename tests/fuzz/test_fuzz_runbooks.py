"""Whatever lies in a project's folder of runbooks: sound books, or mistakes with their file and line; never another end.

Modules are Python and are run: what one does to its own process (an endless loop, `os._exit`) nobody inside it can hold.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mutating import broken_bytes, broken_texts, outcome
from spec_samples import inventory

from stormproof.core.errors import SpecInvalid, StormproofError
from stormproof.engine.discovery import find_runbooks
from stormproof.engine.document import markdown
from stormproof.engine.document_html import html
from stormproof.engine.plan import plan

SOUND = '''from __future__ import annotations

from stormproof.core.errors import HostUnreachable
from stormproof.engine.runbook import Context, Outputs, Phase, Retry, Runbook

book = Runbook(
    "restore_it",
    title="Restore it",
    service_kind="application",
    description="When it is lost.",
    parameters={"point": "which backup"},
)


@book.step(
    title="Choose",
    phase=Phase.DECIDE,
    expected_seconds=1,
    repeatable=True,
    retry=Retry(on=(HostUnreachable,), attempts=3, seconds=30),
    timeout_seconds=20,
    touches=lambda view: [f"reads on {view.target_name('primary')}"],
)
def choose(context: Context) -> Outputs:
    """Ask the vault."""
    return {"label": "x"}


@book.step(title="Restore", phase=Phase.RESTORE, needs=[choose], approvals=1, in_drill="less of it")
def restore(context: Context) -> None:
    """Bring it back."""


@restore.verify
def restored(context: Context) -> bool:
    return True


@restore.undo
def take_back(context: Context) -> None:
    pass
'''
OTHER = SOUND.replace('"restore_it"', '"another"')
# One keyword or argument of the text above, and what may stand there instead.
PLACES = (
    '"restore_it"', '"Restore it"', '"application"', '"When it is lost."', '{"point": "which backup"}', '"Choose"',
    "Phase.DECIDE", "expected_seconds=1,", "repeatable=True", "Retry(on=(HostUnreachable,), attempts=3, seconds=30)",
    "(HostUnreachable,)", "attempts=3", "seconds=30", "timeout_seconds=20", "lambda view: [f\"reads on {view.target_name('primary')}\"]",
    "[choose]", "approvals=1", '"less of it"', '"""Ask the vault."""', "-> Outputs", "-> bool", "@book.step(title=\"Restore\"",
    "@restore.verify", "@restore.undo", "def choose", "from __future__ import annotations",
)  # fmt: skip
VALUES = (
    "None", "True", "0", "-1", "1.5", "10 ** 400", "float('nan')", "float('inf')", "''", "' '", "'x'", "'\\ud800'", "'a\\nb'", "'\\0'",
    "b'x'", "[]", "[[]]", "[None]", "()", "(ValueError,)", "(5,)", "{}", "{1: 2}", "{'a': None}", "object()", "type", "print", "book",
    "Phase", "lambda: 1", "lambda view: 1 / 0", "lambda view: 5", "lambda view: 'x'", "lambda view: [5]", "lambda view: exit(0)",
    "1 / 0", "nobody", "__import__('nowhere')", "exit(0)", "(yield)", "...", "-" * 3000 + "1", "9" * 5000, "[" * 300, "type('A\\nB', (), {})()",
)  # fmt: skip
RAISED = sorted(
    name for name, kind in vars(__import__("builtins")).items()
    if isinstance(kind, type) and issubclass(kind, BaseException) and kind is not KeyboardInterrupt
)  # fmt: skip


def found_in(**files: bytes) -> tuple[dict[str, Any], list[Any]]:
    """What `find_runbooks` makes of a folder with these modules; each mistake has a file of it, a line and words."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-books-"))
    limit, names, finders = sys.getrecursionlimit(), set(sys.modules), list(sys.meta_path)
    try:
        for name, content in files.items():
            (folder / f"{name}.py").write_bytes(content)
        found = outcome(lambda: find_runbooks(folder))
    finally:
        shutil.rmtree(folder)
    assert (sys.getrecursionlimit(), sys.meta_path) == (limit, finders)
    assert all(name.startswith("_stormproof_runbooks_") for name in set(sys.modules) - names)
    for name in set(sys.modules) - names:
        del sys.modules[name]
    books, problems = found
    for problem in problems:
        file, _, line = problem.where.rpartition(":")
        assert (Path(file).parent, Path(file).stem in files) == (folder, True), problem
        assert int(line) >= 1, problem
        assert all(words.strip() for words in (problem.what, problem.fix)), problem
        assert "_stormproof_runbooks_" not in problem.what, problem
    return books, problems


def every_view_of(book: Any) -> None:
    """What the command does with a book that was taken: list, page, plan. A plan may tell of a mistake, and of nothing else."""
    [step.name for step in book.steps]
    book.digest.encode()
    (markdown(book) + html(book)).encode()
    made = outcome(
        lambda: plan(
            book, inventory=inventory(lab=False), mode="drill", environment="recovery", service="shop", parameters={}
        )
    )
    assert isinstance(made, SpecInvalid) or str(made.as_json()).encode()


def judged(content: bytes) -> dict[str, Any]:
    """The books of a folder with this module beside a sound one, which it never harms."""
    books, problems = found_in(broken=content, sound=OTHER.encode())
    assert "another" in books or any("two runbooks are named" in problem.what for problem in problems)
    for book in books.values():
        every_view_of(book)
    return books


def test_the_sample_is_sound() -> None:
    assert set(judged(SOUND.encode())) == {"another", "restore_it"}


@given(broken_bytes(SOUND.encode()))
@example(b"\xff\xfe" + SOUND.encode("utf-16-le"))
@example(b"\0")
@example(b"# -*- coding: nope -*-\n")
@example(b"x = (" + b"-" * 200_000 + b"1)\n")
@example(b"x = " + b"(" * 5000)
@example(b"x = 1" + b" + 1" * 100_000)
@example(b"x = a" + b".b" * 100_000)
def test_any_bytes_are_books_or_mistakes_of_that_file(content: bytes) -> None:
    judged(content)


@given(broken_texts(SOUND, most=2))
def test_any_text_is_books_or_mistakes_of_that_file(text: str) -> None:
    judged(text.encode("utf-8", "surrogatepass"))


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), min_size=1, max_size=2))
@example([("lambda view: [f\"reads on {view.target_name('primary')}\"]", "Phase")])
@example([('"When it is lost."', "Phase")])
def test_any_value_in_a_declaration_is_taken_or_a_mistake(changes: list[tuple[str, str]]) -> None:
    text = SOUND
    for place, value in changes:
        key, equals, _ = place.partition("=")
        text = text.replace(place, f"{key}={value}{',' if place.endswith(',') else ''}" if equals and key.isidentifier() else value, 1)  # fmt: skip
    judged(text.encode())


@pytest.mark.parametrize("place", PLACES)
def test_every_place_of_the_sample_is_there(place: str) -> None:
    assert place in SOUND


@given(
    st.sampled_from((*RAISED, "Mine", "MineOfAll", "StormproofError", "Refused", "SpecInvalid", "Terminating")),
    st.sampled_from(("", "()", "('x')", "('x', 'y', 'z')", "(5)", "('\\ud800\\n\\0')", "('x' * 10 ** 6)", "('x', where='x', fix='y')")),
    st.sampled_from(("{}", "def f():\n    {}\nf()", "try:\n    1 / 0\nfinally:\n    {}", "import later", "exec('''{}''')")),
)  # fmt: skip
@example("ExceptionGroup", "('x', [ValueError(), SystemExit()])", "{}")
@example("SyntaxError", "('x', (5, 'y', None, 7))", "{}")
@example("Terminating", "('x', where='x', fix='y')", "{}")
def test_whatever_is_raised_at_the_import_is_a_mistake(kind: str, arguments: str, way: str) -> None:
    head = (
        "from stormproof.core.errors import *\nclass Mine(Exception):\n    def __str__(self): return 5\n"
        "class MineOfAll(BaseException):\n    pass\nclass Terminating(Terminated):\n    exit_code = 0\n"
    )
    raising = f"raise {kind}{arguments}"
    text = f"{head}{way.format(raising)}\n"
    books, problems = found_in(broken=text.encode(), later=f"{head}{raising}\n".encode(), sound=OTHER.encode())
    assert list(books) == ["another"]
    assert {Path(problem.where.rpartition(":")[0]).stem for problem in problems} >= {"later"}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=8))
@example([(0, 1, 1), (1, 0, 1)])
@example([(0, 0, 1)])
def test_modules_that_import_each_other_anyhow_are_books_or_mistakes(imports: list[tuple[int, int, int]]) -> None:
    ways = (
        "import m{0}",
        "from m{0} import x",
        "from runbooks.m{0} import x",
        "from . import m{0}",
        "from .m{0} import x",
    )
    lines: dict[int, list[str]] = {number: [] for number in range(4)}
    for importer, imported, way in imports:
        lines[importer].append(ways[way].format(imported))
    files = {f"m{n}": "\n".join([*found, "x = 1", ""]).encode() for n, found in lines.items()}
    books, problems = found_in(**files, sound=OTHER.encode())
    assert list(books) == ["another"]
    assert bool(problems) <= any(importer != imported or way for importer, imported, way in imports)


def test_what_is_told_of_a_folder_is_an_error_of_ours() -> None:
    assert isinstance(outcome(lambda: find_runbooks(Path("/nowhere"))), StormproofError)
