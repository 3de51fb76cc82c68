"""`python -m stormproof.cli.generate_docs [--check]`: the pages that are made from the code, so that they cannot lag.

docs/exit-codes.md from the errors and verdicts, docs/findings.md from every place that tells a code, docs/settings.md from
the specs of the Pulumi program,
docs/schemas/drill-result.v1.json from the result's model.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterable
from pathlib import Path

import stormproof
from stormproof.cli import finding_codes
from stormproof.cli.infra_program import make_importable
from stormproof.core.drill_result import SCHEMA, DrillResult
from stormproof.core.errors import StormproofError
from stormproof.core.verdict import EXIT_CODES, LEFTOVERS_EXIT_CODE, WORST_FIRST

NOTE = "Made by `python -m stormproof.cli.generate_docs`; do not edit."
MEET = {
    0: "met: recovered and verified, within every target",
    1: "missed: recovered and verified, but a target was missed",
}


def main(words: list[str]) -> int:
    """Write the pages, or with --check say which are not up to date (exit code 1). Other words write nothing."""
    if unknown := [word for word in words if word != "--check"]:
        print(__doc__, file=sys.stderr)
        return 0 if unknown[0] in ("-h", "--help") else 2
    root = Path(__file__).resolve().parents[3]
    wrong = []
    for name, text in pages().items():
        path = root / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        wrong.append(name)
        if "--check" not in words:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    if "--check" in words and wrong:
        print(f"not up to date: {', '.join(wrong)}; run python -m stormproof.cli.generate_docs", file=sys.stderr)
        return 1
    return 0


def pages() -> dict[str, str]:
    """Path in the repository -> text, of every page that is made from the code."""
    root = Path(__file__).resolve().parents[3]
    return {
        "docs/exit-codes.md": exit_codes(),
        "docs/findings.md": finding_codes.page(root, NOTE),
        "docs/rules.md": rules_of_the_pack(),
        "docs/settings.md": settings_of_stacks(),
        "docs/schemas/drill-result.v1.json": result_schema(),
    }


def settings_of_stacks() -> str:
    """Every setting of a stack, from the specs of the Pulumi program beside us."""
    make_importable(Path(__file__).resolve().parents[3])
    from infra.reference import page

    return page(NOTE)


def rules_of_the_pack() -> str:
    """Every rule over declared infrastructure, from what each says of itself."""
    from stormproof.cli.infra import load_rules
    from stormproof.report.infra_rules import page

    return page(load_rules(Path(__file__).resolve().parents[3]), NOTE)


def exit_codes() -> str:
    """One owner for each code: an error's class, or a verdict."""
    import_everything()
    owners: dict[int, list[type[StormproofError]]] = {}
    for error in _subclasses(StormproofError):
        owners.setdefault(error.exit_code, []).append(error)
    meanings = {**MEET, **{code: _owner(classes).meaning for code, classes in owners.items()}}
    verdicts = {code: verdict.value for verdict, code in EXIT_CODES.items()}
    lines = [
        "# Exit codes",
        "",
        f"<!-- {NOTE} -->",
        "",
        "One owner per code. A traceback is never shown: a mistake of ours leaves a report file and ends with 70.",
        "What a finding or an error is called (`SP304`) is looked up in [findings](findings.md).",
        "",
        "| code | verdict | meaning | owner |",
        "|---|---|---|---|",
    ]
    for code in sorted(meanings):
        owner = f"`{_owner(owners[code]).__name__}`" if code in owners else "the figures"
        lines.append(f"| {code} | {verdicts.get(code, '–')} | {meanings[code]} | {owner} |")
    lines += [
        "",
        f"{LEFTOVERS_EXIT_CODE} leaves the verdict as it was: the result holds both.",
        "",
        "Within a run the worst counts: stopped, then failed, unverified, missed. With several drills the code is the worst of",
        f"them, in the order {', '.join(str(code) for code in WORST_FIRST)}.",
        "",
        "`lab shell` hands the status of its command on. A run with [negative controls](negative-controls.md) ends with 0 when",
        "each fault was caught and named, else with 3; no target is held against it, so it never ends with 1. What keeps it from",
        "its controls ends it as it ends any drill, and a check that could not look at the copy without a fault with 4.",
        "",
        'With `--json` an error is a document as well: `{"error": {"code", "what", "where", "fix"}, "exit_code"}`; one with',
        "several mistakes (a specification) lists them in `problems`.",
        "",
    ]
    return "\n".join(lines)


def result_schema() -> str:
    """JSON Schema of `drill run --json`. Fields may be added, so unknown ones are allowed for readers."""
    schema = DrillResult.model_json_schema(by_alias=True, mode="serialization")
    _open_up(schema)
    return (
        json.dumps(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$comment": NOTE,
                "title": SCHEMA,
                **{key: value for key, value in schema.items() if key != "title"},
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def import_everything() -> None:
    """Every module of ours, so that every error's class is known."""
    for module in pkgutil.walk_packages(stormproof.__path__, "stormproof."):
        if "__main__" not in module.name and ".resources" not in module.name:
            importlib.import_module(module.name)


def _owner(classes: Iterable[type[StormproofError]]) -> type[StormproofError]:
    """The class that defines the code itself; the others inherit it."""
    return next(one for one in classes if "exit_code" in one.__dict__)


def _subclasses(parent: type[StormproofError]) -> list[type[StormproofError]]:
    found: list[type[StormproofError]] = []
    for child in parent.__subclasses__():
        if child.__module__.startswith("stormproof."):
            found += [child, *_subclasses(child)]
    return found


def _open_up(part: object) -> None:
    if isinstance(part, dict):
        if part.get("additionalProperties") is False:
            part["additionalProperties"] = True
        for value in part.values():
            _open_up(value)
    elif isinstance(part, list):
        for value in part:
            _open_up(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
