"""The command line's grammar, made from the table of verbs. A mistake on it is a typed error with a fix."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NoReturn

from stormproof.cli.verbs import EVERYWHERE, NOUNS, VERBS, Verb, verbs_of
from stormproof.core.errors import Refused

HEAD = """\
usage: stormproof NOUN VERB [NAME] [--flags]

Rehearse recovery by restoring real backups into an isolated place, and measure what really came out.
"""
TAIL = """\
everywhere, before or after the verb:
  --json           one JSON document on standard output, nothing else there
  -q, --quiet      no progress and no messages
  --no-color       no colour
  -C DIR           the project's folder

first steps:
  stormproof doctor                    can this machine run the lab?
  stormproof init my-recovery          a project to start from
  stormproof drill run shop-latest     a whole drill, in the lab

Exit codes: 0 met, 1 a target was missed, 2 refused, 3 failed, 4 unverified, 5 leftovers remain,
6 stopped half-way, 69 set-up failed, 70 a mistake of ours, 129, 130 or 143 stopped by a signal and undone.
"""


class _Parser(argparse.ArgumentParser):
    """argparse, but a mistake is raised, help shows an example, and a parser is filled when its word was typed.

    Args:
        fill: adds all arguments. Of forty parsers two or three are asked, and making all costs a tenth of a plan.
    """

    def __init__(self, *, fill: Callable[[_Parser], None], **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, **kwargs)
        self._fill: Callable[[_Parser], None] | None = fill

    def parse_known_args(self, *args: Any, **kwargs: Any) -> Any:
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)
        return super().parse_known_args(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        raise usage_error(message, self.prog)


def parse(argv: Sequence[str]) -> tuple[Verb, argparse.Namespace, list[str]]:
    """Read the command line into a verb, its arguments, and what came after `--`.

    Raises Refused (a mistake on it), SystemExit 0 (help was printed).
    """
    words, rest = list(argv), None
    if "--" in words:
        cut = words.index("--")
        words, rest = words[:cut], words[cut + 1 :]
    if not words or (words[0] in ("-h", "--help", "help") and len(words) == 1):
        print(overview(), end="")
        raise SystemExit(0)
    if words == ["--version"]:
        words = ["version"]
    if words[0] == "help":
        words = [*words[1:], "--help"]
    root = _Parser(prog="stormproof", add_help=False, fill=_fill_root)
    args, unknown = root.parse_known_args(words)
    if args.verb_ is None:
        raise usage_error("the following arguments are required: verb_", args.branch_)
    verb: Verb = args.verb_
    if unknown:
        raise usage_error(f"unrecognized arguments: {unknown[0]}", f"stormproof {verb.words}")
    if rest is not None and not verb.rest:
        raise usage_error("nothing can be given after '--' here", f"stormproof {verb.words}")
    return verb, args, rest or []


def overview() -> str:
    lines = [HEAD]
    for noun, about in NOUNS.items():
        lines.append(f"  {noun:<11}{about}")
        names = [verb.name for verb in verbs_of(noun) if verb.name]
        if names:
            lines.append(f"             {', '.join(names)}")
    return "\n".join([*lines, "", TAIL])


def usage_error(message: str, where: str) -> Refused:
    """argparse's words as a typed error, with the nearest word where one was misspelt."""
    match = re.search(r"invalid choice: '(?P<word>.*?)' \(choose from (?P<names>.*)\)", message)
    if match:
        names = [name.strip(" '") for name in match["names"].split(",")]
        return Refused(
            f"there is no '{match['word']}' here", where=where, fix=_nearest(match["word"], names), code="SP100"
        )
    if message.startswith("unrecognized arguments: "):
        word = message.removeprefix("unrecognized arguments: ").split()[0]
        flags = [name for name in _flags_of(where) if name.startswith("--")]
        fix = _nearest(word, flags) if word.startswith("-") else f"see `{where} --help`"
        return Refused(f"unknown argument '{word}'", where=where, fix=fix, code="SP100")
    if message.startswith("the following arguments are required: "):
        missing = message.removeprefix("the following arguments are required: ")
        if missing == "verb_":
            return Refused(
                "a verb is missing", where=where, fix=f"use one of: {', '.join(_names_of(where))}", code="SP100"
            )
        return Refused(f"{missing} is missing", where=where, fix=f"see `{where} --help`", code="SP100")
    return Refused(message, where=where, fix=f"see `{where} --help`", code="SP100")


def _nearest(word: str, names: Iterable[str]) -> str:
    import difflib

    known = sorted(names)
    near = difflib.get_close_matches(word, known, n=1)
    return (f"did you mean '{near[0]}'? " if near else "") + f"use one of: {', '.join(known)}"


def _flags_of(where: str) -> list[str]:
    words = where.removeprefix("stormproof").split()
    verb = next((verb for verb in VERBS if verb.words.split() == words), None)
    own = verb.arguments if verb else ()
    return [name for argument in (*own, *EVERYWHERE) if argument.is_flag for name in argument.names]


def _names_of(where: str) -> list[str]:
    noun = where.removeprefix("stormproof").strip()
    return [verb.name for verb in verbs_of(noun)] or list(NOUNS)


def _fill_root(root: _Parser) -> None:
    _add_everywhere(root)
    root.add_argument("-h", "--help", action=_Overview, nargs=0)
    nouns = root.add_subparsers(dest="noun_", required=True, metavar="NOUN", parser_class=_Parser, prog=root.prog)
    for noun, about in NOUNS.items():
        verbs = verbs_of(noun)
        if verbs[0].name == "":
            _add_verb(nouns, noun, verbs[0])
        else:
            nouns.add_parser(
                noun, help=about, description=about, formatter_class=argparse.RawDescriptionHelpFormatter,
                fill=partial(_fill_noun, noun),
            )  # fmt: skip


def _fill_noun(noun: str, branch: _Parser) -> None:
    _add_everywhere(branch)
    leaves = branch.add_subparsers(
        dest="verb_name_", required=False, metavar="VERB", title="verbs", parser_class=_Parser, prog=branch.prog
    )
    branch.set_defaults(verb_=None, branch_=branch.prog)
    for verb in verbs_of(noun):
        _add_verb(leaves, verb.name, verb)


class _Overview(argparse.Action):
    def __call__(self, *_: object, **__: object) -> None:
        print(overview(), end="")
        raise SystemExit(0)


def _add_verb(group: argparse._SubParsersAction[_Parser], name: str, verb: Verb) -> None:
    group.add_parser(
        name,
        help=verb.summary,
        description=f"{verb.summary[0].upper()}{verb.summary[1:]}." + (f"\n{verb.more}" if verb.more else ""),
        epilog=f"example:\n  {verb.example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        fill=partial(_fill_verb, verb),
    )


def _fill_verb(verb: Verb, parser: _Parser) -> None:
    _add_everywhere(parser)
    for argument in verb.arguments:
        parser.add_argument(*argument.names, help=argument.help, **argument.options)
    if verb.rest:
        parser.usage = f"{parser.format_usage().removeprefix('usage: ').strip()} [-- CMD …]"
    parser.set_defaults(verb_=verb)


def _add_everywhere(parser: _Parser) -> None:
    for argument in EVERYWHERE:
        # Suppressed, or a verb's default would overwrite what was given before the verb.
        parser.add_argument(*argument.names, help=argument.help, default=argparse.SUPPRESS, **argument.options)
