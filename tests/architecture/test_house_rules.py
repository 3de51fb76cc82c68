"""Rules of CONTRIBUTING.md that a linter does not know."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import PurePath

import pytest
from repository_files import python_files, text_files

LINES_MAX = 400
# Registries are the machine's business: whoever mirrors them must not find a name of one here. Taken apart, or this
# file would be the first hit.
REGISTRIES = [
    "py" + "pi.org", "python" + "hosted.org", "deb." + "debian.org", "npm" + "js.org", "crate" + "s.io",
    "proxy." + "golang.org", "maven" + ".org", "maven." + "apache.org",
]  # fmt: skip
SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "AWS key": re.compile(r"\bAKIA(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b"),
    "token of a forge": re.compile(r"\b(?:ghp|gho|ghs|github_pat|glpat)[_-][A-Za-z0-9_]{30,}"),
    "password in an address": re.compile(r"\b[a-z]+://[^\s:/@{}$'\"]+:[^\s:/@{}$'\"]{8,}@"),
}

# Every package of tests has its own of these.
PACKAGE_FILES = {"conftest.py", "__init__.py", "__main__.py"}


def _is_caught_blindly(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id == "Exception") for kind in kinds)


def test_nothing_is_caught_blindly():
    """But at the outermost edge, where a mistake of ours becomes exit code 70 and a report file."""
    found = {
        name
        for name, tree in python_files("src", "runbooks").items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _is_caught_blindly(node)
    }
    assert found <= {"src/stormproof/cli/main.py"}


def test_a_file_is_small_enough_to_hold_one_concept():
    code = (".py", ".sh", ".pl", ".sql")
    lines = {
        name: text.count("\n")
        for name, text in text_files().items()
        if (name.endswith(code) or name.startswith(("scripts/", ".ci/")))
        and not name.startswith("tests/")
        and not name.endswith("go.sum")  # data
    }
    assert {name: count for name, count in lines.items() if count > LINES_MAX} == {}


def test_no_module_is_called_utils():
    vague = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert {name for name in python_files("src", "runbooks") if PurePath(name).stem in vague} == set()


def test_test_files_have_names_of_their_own():
    """Without packages two test modules of one name would hide each other."""
    names = Counter(PurePath(name).name for name in python_files("tests"))
    assert {name: count for name, count in names.items() if count > 1 and name not in PACKAGE_FILES} == {}


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_package_registry(host: str):
    assert {name for name, text in text_files().items() if host in text} == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-infra.lock"])
def test_every_locked_file_has_a_hash(lock: str):
    blocks = re.split(r"\n(?=\S)", text_files()[lock].strip())
    assert {block.split()[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block} == set()


@pytest.mark.parametrize("kind", SECRETS)
def test_no_file_holds_what_looks_like_a_secret(kind: str):
    found = {
        f"{name}: {match[0][:40]}" for name, text in text_files().items() for match in SECRETS[kind].finditer(text)
    }
    assert found == set()


def test_no_test_is_skipped():
    """A test that tested nothing did not pass: what cannot run fails, or is not selected."""
    skips = re.compile(r"pytest\.(?:skip|importorskip)\(|@pytest\.mark\.skip")
    found = {
        name
        for name, text in text_files().items()
        if name.startswith("tests/") and skips.search(text) and not name.endswith("test_house_rules.py")
    }
    assert found == set()
