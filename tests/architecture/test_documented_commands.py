"""Every command that a document shows exists: its script, its noun, its verb, each of its flags."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from functools import cache
from pathlib import Path
from unittest import mock

import pytest
from repository_files import ROOT, text_files

DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/operations.md",
    "docs/infra.md",
    "docs/aws.md",
    "docs/architecture.md",
    "docs/threat-model.md",
    "docs/evidence.md",
    "docs/measurement.md",
    "docs/negative-controls.md",
    "docs/rules.md",
    "docs/testing.md",
    "infra/README.md",
    "scripts/engine/README.md",
]
_INLINE = re.compile(r"`([^`\n]+)`")
_CALL = re.compile(r"(?:^|[\s(|&;])(?:\.venv/bin/)?stormproof\s+(.+)$")
_SCRIPT = re.compile(r"(?:\./)?(scripts/[a-z]+|\.ci/run)\b")
_WITHOUT_VERB = {"init", "doctor", "report", "version"}


def code_in(markdown: str) -> list[str]:
    """Lines of fenced blocks without their comments, and pieces of inline code."""
    lines: list[str] = []
    inside = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif inside:
            lines.append(re.split(r"\s+#|\s{3,}", line.strip())[0])
        else:
            lines += _INLINE.findall(line)
    return lines


def calls_in(markdown: str) -> list[tuple[str, ...]]:
    """(noun, verb, flag …) of each call of stormproof; `plan|doc` stands for two of them."""
    calls: list[tuple[str, ...]] = []
    for line in code_in(markdown):
        if not (match := _CALL.search(line)):
            continue
        words: list[str] = []
        for word in shlex.split(match[1].replace("…", "")):
            if word in {"--", ">", ">>", "<", "|", "||", "&&", ";"}:
                break
            words.append(word)
        if words[:1] == ["-C"]:
            words = words[2:]
        flags = tuple(word.partition("=")[0] for word in words if word.startswith("--"))
        names = [word for word in words if not word.startswith("-")]
        if not names:
            calls.append(flags)
            continue
        verbs = [""] if names[0] in _WITHOUT_VERB or len(names) == 1 else names[1].split("|")
        calls += [(names[0], *filter(None, [verb]), *flags) for verb in verbs]
    return calls


@cache
def help_of(*words: str) -> str:
    """What `stormproof WORDS --help` prints. Fails for words that it does not know."""
    from stormproof.cli.main import main

    out, error = io.StringIO(), io.StringIO()
    arguments = ["stormproof", *words, "--help"]
    with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            status = main()
        except SystemExit as end:
            status = end.code
    assert status in (0, None), f"{' '.join(arguments)}: {error.getvalue()}"
    return out.getvalue()


def documented() -> list[tuple[str, ...]]:
    return sorted({call for name in DOCUMENTS for call in calls_in(text_files()[name])})


def test_the_documents_show_commands_at_all():
    assert len(documented()) > 25


@pytest.mark.parametrize("call", documented(), ids=" ".join)
def test_a_documented_command_exists_with_its_flags(call: tuple[str, ...]):
    names = [word for word in call if not word.startswith("--")]
    text = help_of(*names)
    assert "usage" in text.lower()
    if len(names) == 2:
        assert names[1] in help_of(names[0]), f"'{names[1]}' is no verb of '{names[0]}'"
    known = set(re.findall(r"--[a-z][a-z-]*", text))
    assert {word for word in call if word.startswith("--")} - known == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_documented_script_exists_and_may_be_run(document: str):
    named = {match for line in code_in(text_files()[document]) for match in _SCRIPT.findall(line)}
    assert {name for name in named if not os.access(ROOT / name, os.X_OK)} == set()


@pytest.mark.parametrize("document", sorted(name for name in text_files() if name.endswith(".md")))
def test_links_between_documents_lead_somewhere(document: str):
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text_files()[document])
    local = {link for link in links if not re.match(r"[a-z]+:", link)}
    assert {link for link in local if not (ROOT / Path(document).parent / link).exists()} == set()


def test_the_readme_shows_real_output():
    """Its first screen shows what a drill printed, and no placeholder."""
    assert "TODO" not in text_files()["README.md"]
