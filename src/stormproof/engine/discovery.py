"""Runbooks of a project's folder, loaded by path.

They may import one another, as `from runbooks import restore_postgres`, `from runbooks.restore_postgres import book` or
`from restore_postgres import book`. These names exist only while the folder is being loaded; afterwards its modules are
kept under a private package name, so that two projects, or a user's own module `runbooks`, do not meet. A module
without a runbook helps the others.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib
import importlib.util
import os
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from stormproof.core.errors import Refused, SpecInvalid, SpecProblem
from stormproof.engine.raised import is_signal, lines_of, words_of
from stormproof.engine.runbook import Runbook

PACKAGE = "runbooks"

_PRIVATE = re.compile(r"_stormproof_runbooks_[0-9a-f]{12}\.")  # of `_importable`; nobody wrote it
_loading = threading.RLock()


def load_runbook(folder: Path, name: str) -> Runbook:
    """The runbook of that name. Raises Refused when there is none, SpecInvalid when a module has mistakes."""
    books, problems = find_runbooks(folder)
    if name in books:
        return books[name]
    if problems:  # it may be in one of the modules that could not be read
        raise SpecInvalid(problems)
    near = difflib.get_close_matches(name, books, n=1)
    raise Refused(
        f"there is no runbook '{name}'",
        where=str(folder),
        fix=f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(sorted(books)) or '(none is there)'}",
        code="SP220",
    )


def load_runbooks(folder: Path) -> dict[str, Runbook]:
    """Every runbook by its name. Raises SpecInvalid with all mistakes of all modules, Refused without the folder."""
    books, problems = find_runbooks(folder)
    if problems:
        raise SpecInvalid(problems)
    return books


def find_runbooks(folder: Path) -> tuple[dict[str, Runbook], list[SpecProblem]]:
    """Every sound runbook by its name, and the mistakes of the others. Raises Refused without the folder."""
    folder = folder.resolve()
    if not folder.is_dir():
        raise Refused(
            "there is no folder with runbooks",
            where=str(folder),
            fix="run it in a project's folder, or make a project: `stormproof init`",
            code="SP221",
        )
    if not os.access(folder, os.R_OK | os.X_OK):  # to `glob` it would be empty
        raise Refused(
            "the folder with runbooks cannot be read",
            where=str(folder),
            fix="let this user read it, or name another one",
            code="SP221",
        )
    books: dict[str, Runbook] = {}
    problems: list[SpecProblem] = []
    with _loading, _importable(folder) as package:
        for path in sorted(folder.glob("*.py")):
            found, wrong = _books_of(path, f"{package}.{path.stem}", folder)
            problems += wrong
            for book in found:
                if book.name in books:
                    problems.append(
                        SpecProblem(
                            f"two runbooks are named '{book.name}' (the other: {books[book.name].where})",
                            where=book.where,
                            fix="rename one of them",
                        )
                    )
                    continue
                books[book.name] = book
    return dict(sorted(books.items())), list(dict.fromkeys(problems))


def _books_of(path: Path, module_name: str, folder: Path) -> tuple[list[Runbook], list[SpecProblem]]:
    try:
        values = _imported(path, module_name, folder)
    except SpecInvalid as error:
        return [], error.problems
    # Of a value's own class alone: what it says of itself (`__class__`) is somebody else's code.
    books = [value for value in values if issubclass(type(value), Runbook)]
    found = list({id(book): book for book in books if book.file == str(path)}.values())
    sound, problems = [], []
    for book in found:
        wrong = book.problems()
        problems += wrong
        if not wrong:
            sound.append(book)
    return sound, problems


def _imported(path: Path, module_name: str, folder: Path) -> list[Any]:
    """Whatever stands in a module. Raises SpecInvalid for what its lines, or those of one that it imports, raise."""
    try:
        return list(vars(importlib.import_module(module_name)).values())
    except BaseException as error:  # of any class: a SystemExit(0) would end us as if all were well
        if is_signal(error) or type(error) is SpecInvalid:
            raise
        raise SpecInvalid([_import_problem(error, path, folder)]) from error


def _import_problem(error: BaseException, path: Path, folder: Path) -> SpecProblem:
    own = [(file, line) for file, line in lines_of(error.__traceback__) if Path(file).parent == folder]
    file, line = own[-1] if own else (str(path), 1)
    what = f"{path.name} cannot be imported: {words_of(error, lambda text: _PRIVATE.sub('', text))}"
    if isinstance(error, SyntaxError) and isinstance(error.filename, str) and Path(error.filename).parent == folder:
        file, line = error.filename, error.lineno if isinstance(error.lineno, int) else 1
        what = f"{Path(file).name} is no Python: {error.msg}"
    return SpecProblem(what, where=f"{file}:{max(line, 1)}", fix="correct the line")


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[str]:
    """Make the folder's modules importable for the length of the block; answers their private package's name."""
    package = f"_stormproof_runbooks_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    stems = {path.stem for path in folder.glob("*.py")} - sys.stdlib_module_names
    passing = {PACKAGE, *stems, *(f"{PACKAGE}.{stem}" for stem in stems)}
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]
    before = {name: sys.modules.pop(name) for name in passing if name in sys.modules}
    root = ModuleType(package)
    root.__path__ = [str(folder)]
    sys.modules[package] = root
    finder = _Finder(package, root, folder, stems)
    sys.meta_path.insert(0, finder)
    try:
        yield package
    finally:
        sys.meta_path.remove(finder)
        for name in passing:
            sys.modules.pop(name, None)
        sys.modules.update(before)


class _Finder(MetaPathFinder):
    """Answers for the folder's modules under their private name, and under the names that siblings import them by."""

    def __init__(self, package: str, root: ModuleType, folder: Path, stems: set[str]) -> None:
        self._package, self._root, self._folder, self._stems = package, root, folder, stems

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == PACKAGE:
            return ModuleSpec(fullname, _Known(self._root), is_package=True)
        parent, _, stem = fullname.rpartition(".")
        file = self._folder / f"{stem}.py"
        if parent == self._package and file.is_file():
            return importlib.util.spec_from_file_location(fullname, file, loader=_Fresh(fullname, str(file)))
        if parent in ("", PACKAGE) and stem in self._stems:
            return ModuleSpec(fullname, _Known(importlib.import_module(f"{self._package}.{stem}")))
        return None


class _Fresh(SourceFileLoader):
    """Compiles from the source and leaves no __pycache__ in a user's folder; a stale one can never be run."""

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        source = self.get_data(self.path)
        if (at := source.find(b"\0")) >= 0:  # Python 3.11 says so without a line
            raise SyntaxError("it holds a null byte", (self.path, source.count(b"\n", 0, at) + 1, None, None))
        return self.source_to_code(source, self.path)


class _Known(Loader):
    """A module that is there already, under another name."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system wrote the passing name's over it
