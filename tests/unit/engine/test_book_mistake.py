"""Whose mistake an unexpected exception is: the runbook's author's, or ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stormproof.core.errors import RunFailed
from stormproof.core.redact import Redactor
from stormproof.engine.book_mistake import book_mistake
from stormproof.engine.perform import NotJson
from stormproof.engine.runbook import BoundStep, Phase, Runbook
from stormproof.engine.shipped import is_as_shipped, starter_folder

QUIET = "def act(context):\n    'Act.'\n"
OLD_CALL = (
    QUIET + "    from stormproof.core.units import parse_duration\n    return {'seconds': parse_duration(object())}\n"
)


def a_step(file: Path, source: str) -> BoundStep:
    """The step `act` of a runbook in that file."""
    space: dict[str, Any] = {}
    exec(compile(source, str(file), "exec"), space)
    book = Runbook("toy", title="A toy", service_kind="files")
    book.step(title="Act", phase=Phase.RESTORE, repeatable=True)(space["act"])
    return book.steps[0]


def told(bound: BoundStep, redactor: Redactor | None = None) -> RunFailed | None:
    with pytest.raises(BaseException) as caught:
        bound.step.act(None)  # type: ignore[arg-type]
    return book_mistake(caught.value, bound, redactor or Redactor())


def shipped(name: str = "restore_files.py") -> Path:
    return Path(str(starter_folder("runbooks"))) / name


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("missing_name", "NameError: name 'missing_name' is not defined"),
        ("open()", "TypeError: open() missing required argument 'file' (pos 1)"),
        ("__import__('json').loads('{')", "JSONDecodeError: Expecting property name"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("__import__('stormproof.core.units').core.units.parse_duration()", "TypeError: parse_duration() missing 1"),
    ],
)
def test_what_a_runbooks_own_line_raises_is_its_authors(tmp_path: Path, line: str, what: str) -> None:
    error = told(a_step(tmp_path / "mine.py", f"{QUIET}    {line}\n"))
    assert error is not None
    assert error.what.startswith(f"step 'act' has a mistake: {what}")
    assert error.where == f"{tmp_path}/mine.py:3"
    assert (error.code, error.exit_code) == ("SP237", 3)
    assert "stormproof init" in error.fix


def test_what_a_changed_copy_hands_to_our_code_is_the_copys_mistake(tmp_path: Path) -> None:
    copy = tmp_path / "restore_files.py"
    copy.write_text("# of an earlier version\n")
    error = told(a_step(copy, OLD_CALL))
    assert error is not None
    assert error.where == f"{copy}:4"


def test_what_our_code_raises_under_a_runbook_as_shipped_is_ours(tmp_path: Path) -> None:
    copy = tmp_path / "restore_files.py"
    copy.write_bytes(shipped().read_bytes())
    assert told(a_step(copy, OLD_CALL)) is None
    assert told(a_step(shipped(), OLD_CALL)) is None


def test_what_no_line_of_a_runbook_took_part_in_is_ours(tmp_path: Path) -> None:
    assert book_mistake(KeyError("x"), a_step(tmp_path / "mine.py", QUIET), Redactor()) is None


def test_what_a_step_may_not_hand_on_is_its_authors_wherever_it_is_noticed(tmp_path: Path) -> None:
    error = book_mistake(NotJson("outputs of step 'act' are no JSON"), a_step(tmp_path / "mine.py", QUIET), Redactor())
    assert error is not None
    assert error.what == "step 'act' has a mistake: outputs of step 'act' are no JSON"
    assert error.where == f"{tmp_path}/mine.py:1"


def test_a_secret_in_an_exceptions_words_is_taken_out(tmp_path: Path) -> None:
    bound = a_step(tmp_path / "mine.py", f"{QUIET}    raise ValueError('hunter2-hunter2')\n")
    error = told(bound, Redactor({"cipher": "hunter2-hunter2"}))
    assert error is not None
    assert error.what == "step 'act' has a mistake: ValueError: [redacted:cipher]"


def test_only_the_very_bytes_are_as_shipped(tmp_path: Path) -> None:
    copy = tmp_path / "restore_files.py"
    assert not is_as_shipped(copy)
    copy.write_bytes(shipped().read_bytes())
    assert is_as_shipped(copy)
    copy.write_bytes(shipped().read_bytes()[:-1])
    assert not is_as_shipped(copy)
    assert not is_as_shipped(tmp_path / "of_my_own.py")
