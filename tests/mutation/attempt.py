"""Try mutants of one module: each in a forked process that has everything loaded, so that one costs a fraction of a second.

A function's code is swapped in the process itself; what runs at import is tried in a process of its own.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import resource
import select
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from mutation.equivalent import EQUIVALENT
from mutation.mutants import Mutant, mutants, mutated

# A mutant that loops for ever is noticed too: it may take so many times as long as the unchanged module, and so much.
TIMES_AS_LONG_MAX, SECONDS_MIN = 10, 30.0
MEMORY_BYTES_MAX = 3 << 30
ROOT = Path(__file__).parents[2]
NOTICED, SURVIVED, TIMED_OUT = "noticed", "survived", "timed out"


def source_of(module: str) -> Path:
    spec = importlib.util.find_spec(f"stormproof.{module}")
    assert spec is not None, f"no module {module}"
    assert spec.origin is not None, f"no file of module {module}"
    return Path(spec.origin)


def run_tests(files: Sequence[str]) -> int:
    """pytest's status, without its words. Examples are few and always the same: conftest's profile `mutation`."""
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:warnings", "--no-header", "-o", "addopts="]
    words = [*arguments, *(str(ROOT / "tests" / "unit" / name) for name in files)]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main(words))


class Bench:
    """One module with its tests loaded and passed unchanged: once here, and once in each way in which a mutant is tried.

    Without the second, tests that cannot be run twice in a process would "notice" every mutant.
    """

    def __init__(self, module: str, tests: Sequence[str]) -> None:
        self.module, self.tests = module, [name for name in tests if (ROOT / "tests" / "unit" / name).exists()]
        self.path = source_of(module)
        self.source = self.path.read_text(encoding="utf-8")
        assert self.tests, f"no unit tests for {module}"
        status = run_tests(self.tests)
        if status != 0:
            raise SystemExit(f"{module}: its tests do not pass unchanged ({status}): {', '.join(self.tests)}")
        gc.collect()
        self._functions = [
            function
            for function in gc.get_objects()
            if isinstance(function, types.FunctionType) and Path(function.__code__.co_filename) == self.path
        ]
        self.mutants = mutants(module, self.source)
        self._seconds_max = SECONDS_MIN * 4
        self._hold_against_unchanged()

    def _hold_against_unchanged(self) -> None:
        keys = {mutant.key for mutant in self.mutants}
        stale = [key for key in EQUIVALENT if key.startswith(f"{self.module}:") and key not in keys]
        if stale:
            raise SystemExit(f"{self.module}: equivalent.py names changes that cannot be made any more: {stale}")
        slowest = 0.0
        ways = [self._forked] + ([self._anew] if any(mutant.at_import for mutant in self.mutants) else [])
        for way in ways:
            began = time.monotonic()
            if way(None) != SURVIVED:
                raise SystemExit(f"{self.module}: its tests do not pass a second time, {way.__name__}, unchanged")
            slowest = max(slowest, time.monotonic() - began)
        self._seconds_max = max(SECONDS_MIN, TIMES_AS_LONG_MAX * slowest)

    def attempt(self, mutant: Mutant) -> str:
        """Whether its tests notice."""
        return self._anew(mutant) if mutant.at_import else self._forked(mutant)

    def _forked(self, mutant: Mutant | None) -> str:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
            status = 1
            try:
                if mutant is not None:
                    self._swap(mutant)
                status = run_tests(self.tests)
            except BaseException:  # noqa: BLE001 - whatever a mutant raises, somebody noticed
                status = 1
            os._exit(0 if status == 0 else 1)
        return _end_of(child, self._seconds_max)

    def _swap(self, mutant: Mutant) -> None:
        changed = compile(mutated(self.source, mutant), str(self.path), "exec", dont_inherit=True)
        codes = {(code.co_qualname, code.co_firstlineno): code for code in _codes(changed)}
        for function in self._functions:
            old = function.__code__
            new = codes.get((old.co_qualname, old.co_firstlineno))
            if new is not None and new.co_freevars == old.co_freevars:
                function.__code__ = new
        for cached in [c for c in gc.get_objects() if isinstance(c, functools._lru_cache_wrapper)]:
            cached.cache_clear()

    def _anew(self, mutant: Mutant | None) -> str:
        which = ["-", "-"] if mutant is None else [str(mutant.number), str(mutant.way)]
        words = [sys.executable, "-m", "mutation.attempt", self.module, *which, *self.tests]
        try:
            done = subprocess.run(words, capture_output=True, timeout=self._seconds_max, check=False, cwd=ROOT)
        except subprocess.TimeoutExpired:
            return TIMED_OUT
        return SURVIVED if done.returncode == 0 else NOTICED


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _end_of(child: int, seconds_max: float) -> str:
    descriptor = os.pidfd_open(child)
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds_max)
        if not ready:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        _, ended = os.waitpid(child, 0)
    finally:
        os.close(descriptor)
    if not ready:
        return TIMED_OUT
    return SURVIVED if os.WIFEXITED(ended) and os.WEXITSTATUS(ended) == 0 else NOTICED


class _Finder(importlib.abc.MetaPathFinder):
    """Hands out the changed module in place of the one on disk."""

    def __init__(self, module: str, path: Path, tree: Any) -> None:
        self._name, self._path, self._tree = f"stormproof.{module}", path, tree

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        tree = self._tree

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> types.CodeType:
                code: types.CodeType = compile(tree, self.path, "exec", dont_inherit=True)
                return code

        return importlib.util.spec_from_file_location(name, self._path, loader=Loader(name, str(self._path)))


def _main() -> None:
    module, number, way, *tests = sys.argv[1:]
    path = source_of(module)
    source = path.read_text(encoding="utf-8")
    mutant = next((m for m in mutants(module, source) if (str(m.number), str(m.way)) == (number, way)), None)
    tree = mutated(source, mutant) if mutant else ast.parse(source)
    sys.meta_path.insert(0, _Finder(module, path, tree))
    for name in [name for name in sys.modules if name.startswith("stormproof.")]:
        del sys.modules[name]
    sys.exit(run_tests(tests))


if __name__ == "__main__":
    _main()
