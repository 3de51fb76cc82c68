"""The grammar: every verb can be read, helped and completed; a mistake is a typed error with a fix."""

from __future__ import annotations

import importlib
import shlex

import pytest

from stormproof.cli import completion
from stormproof.cli.parser import overview, parse
from stormproof.cli.verbs import NOUNS, VERBS, Verb
from stormproof.core.errors import Refused

# The table of INTERFACE: names that scripts and dashboards are written against.
PROMISED = {
    "init", "doctor", "version", "lab up", "lab status", "lab down", "lab destroy", "lab shell",
    "runbook list", "runbook plan", "runbook doc", "runbook run", "runbook resume", "runbook status", "runbook cancel",
    "drill list", "drill check", "drill plan", "drill run", "drill resume", "drill status", "drill history",
    "drill compare", "drill sweep", "evidence keygen", "evidence list", "evidence show", "evidence verify",
    "evidence export", "report",
}  # fmt: skip

every_verb = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)


def refused(words: str) -> tuple[str, str, str]:
    with pytest.raises(Refused) as caught:
        parse(shlex.split(words))
    return caught.value.what, caught.value.where, caught.value.fix


def test_every_promised_verb_is_there() -> None:
    assert {verb.words for verb in VERBS} >= PROMISED


@every_verb
def test_a_verbs_function_exists(verb: Verb) -> None:
    module, function = verb.handler.split(":")
    assert callable(getattr(importlib.import_module(f"stormproof.cli.{module}"), function))


@every_verb
def test_a_verbs_help_shows_an_example_that_is_grammar(verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*verb.words.split(), "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert verb.example in shown
    assert "--json" in shown
    for command in verb.example.replace("&&", "\n").splitlines():
        words = shlex.split(command.strip().removeprefix('eval "$(').removesuffix(')"'))
        if words[0] == "stormproof":
            assert parse(words[1:])[0].noun in NOUNS


@pytest.mark.parametrize(
    "words",
    [
        "--json -q -C /p drill list",
        "drill --json -q -C /p list",
        "drill list --json -q -C /p",
        "--json drill -q list -C /p",
    ],
)
def test_flags_of_all_verbs_stand_anywhere(words: str) -> None:
    verb, args, _ = parse(words.split())
    assert (verb.words, args.json, args.quiet, args.project) == ("drill list", True, True, "/p")


def test_what_comes_after_the_dashes_belongs_to_the_command() -> None:
    verb, args, rest = parse(["lab", "shell", "vault", "--", "ls", "--json", "--", "-l"])
    assert (verb.words, args.host, rest) == ("lab shell", "vault", ["ls", "--json", "--", "-l"])
    assert not hasattr(args, "json")


@pytest.mark.parametrize(
    ("words", "what", "where", "fix"),
    [
        ("drlil run x", "there is no 'drlil' here", "stormproof",
         "did you mean 'drill'? use one of: completion, doctor, drill, evidence, infra, init, lab, reference, report, runbook, version"),
        ("drill rnu x", "there is no 'rnu' here", "stormproof drill",
         "did you mean 'run'? use one of: check, compare, history, list, plan, resume, run, status, sweep"),
        ("drill", "a verb is missing", "stormproof drill",
         "use one of: list, check, plan, run, resume, status, history, compare, sweep"),
        ("drill run", "NAME is missing", "stormproof drill run", "see `stormproof drill run --help`"),
        ("drill run x --kep", "unknown argument '--kep'", "stormproof drill run",
         "did you mean '--keep'? use one of: --apply, --inventory, --json, --keep, --negative-control, --no-color, --quiet, "
         "--targets-from"),
        ("drill run x --jso", "unknown argument '--jso'", "stormproof drill run",
         "did you mean '--json'? use one of: --apply, --inventory, --json, --keep, --negative-control, --no-color, --quiet, "
         "--targets-from"),
        ("lab up extra", "unknown argument 'extra'", "stormproof lab up", "see `stormproof lab up --help`"),
        ("lab up --profile steam", "there is no 'steam' here", "stormproof lab up",
         "did you mean 'stream'? use one of: archive, async, stream"),
        ("drill list -- x", "nothing can be given after '--' here", "stormproof drill list",
         "see `stormproof drill list --help`"),
        ("drill list -C", "argument -C: expected one argument", "stormproof drill list",
         "see `stormproof drill list --help`"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_told_with_its_fix(words: str, what: str, where: str, fix: str) -> None:
    assert refused(words) == (what, where, fix)


def test_the_overview_names_every_noun_and_verb() -> None:
    shown = overview()
    for verb in VERBS:
        assert verb.noun in shown
        assert verb.name in shown
    assert max(len(line) for line in shown.splitlines()) <= 110


@pytest.mark.parametrize(
    "script", [completion.bash(), completion.zsh(), completion.fish()], ids=["bash", "zsh", "fish"]
)
def test_completion_knows_every_verb(script: str) -> None:
    for verb in VERBS:
        assert verb.noun in script
        assert verb.name in script
