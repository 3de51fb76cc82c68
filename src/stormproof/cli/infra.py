"""`infra check`: ask the rules about a declared program, outside Pulumi too."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.cli.call import Call
from stormproof.cli.named_path import named_path, output_file
from stormproof.cli.settings import read_text
from stormproof.core.errors import Refused, SetupFailed
from stormproof.core.infra.rule import EVERY_LAYER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stormproof.core.infra.exceptions import RuleException
    from stormproof.core.infra.resource_graph import ResourceGraph
    from stormproof.core.infra.rule import Rule

LAYERS = ("organisation", "account", "vault", "primary", "recovery")  # of the stacks that are shipped
EXCEPTIONS = Path("infra") / "policy" / "exceptions.yaml"


def check(call: Call) -> int:
    """0 nothing refuses · 3 a rule failed or an exception is over · 4 something could not be known."""
    from stormproof.cli.report import write
    from stormproof.core.infra.check import check as ask
    from stormproof.report import infra_check as views

    args = call.args
    graph, shown = _graph(call)
    folder = call.project.folder if call.has_project() else None
    rules = load_rules(folder)
    _known_layer(args.layer, rules)
    exceptions = _exceptions(folder, args.exceptions)
    checked = ask(rules, graph, exceptions=exceptions, today=_today(), layer=args.layer)
    document = views.as_json(checked) | {"program": shown, "resources": len(graph)}
    form = args.format
    if form == "table":
        text = "\n".join(views.lines(checked))
    elif form == "junit":
        text = views.junit_xml(checked)
    elif form == "sarif":
        text = views.sarif(checked, program=shown)
    else:
        import json

        text = json.dumps(document, ensure_ascii=False, indent=2)
    if args.output is not None:
        path = write(output_file(args.output), text)
        call.out.answer(document | {"path": str(path)}, [f"{form}: {path}", views.lines(checked)[-1]])
    else:
        call.out.answer(document, text)
    return checked.exit_code


def rules(call: Call) -> int:
    """Every rule with what it is good for."""
    from stormproof.cli.table import table

    found = load_rules(call.project.folder if call.has_project() else None)
    document = {
        "schema": "stormproof.infra-rules/v1",
        "rules": [
            {
                "rule": rule.id, "title": rule.title, "severity": rule.severity.value, "statements": list(rule.statements),
                "risk": rule.risk, "remedy": rule.remedy, "soc2": list(rule.soc2), "iso27001": list(rule.iso27001),
                "cis": list(rule.cis), "layer": rule.layer, "advisory": rule.advisory,
            }
            for rule in found
        ],
        "exit_code": 0,
    }  # fmt: skip
    rows = [[rule.id, rule.severity.value, " ".join(rule.statements), rule.title] for rule in found]
    call.out.answer(document, table(["rule", "severity", "statements", ""], rows, width=call.out.width))
    return 0


def load_rules(folder: Path | None) -> tuple[Rule, ...]:
    """The project's own rules (`infra/policy/rules`), else the ones that come with stormproof. Raises SetupFailed."""
    from stormproof.engine.shipped import starter_folder

    place = folder if folder is not None and (folder / "infra" / "policy" / "rules").is_dir() else None
    root = str(place) if place is not None else str(starter_folder("infra")).removesuffix("/infra")
    if root not in sys.path:
        sys.path.insert(0, root)
    try:
        from infra.policy.rules import all_rules
    except ImportError as error:
        raise SetupFailed(
            f"the rules cannot be loaded: {error}",
            where=f"{root}/infra/policy/rules",
            fix="`stormproof init` writes them; a rule may import the standard library, stormproof and infra",
            code="SP901",
        ) from error
    found: tuple[Rule, ...] = all_rules()
    return found


def _known_layer(asked: str | None, rules: Sequence[Rule]) -> None:
    """Raises Refused: no stack is of that layer, and no rule asks about it. Asking it in vain would look like a pass."""
    known = {*LAYERS, EVERY_LAYER, *(rule.layer for rule in rules if rule.layer is not None)}
    if asked is not None and asked not in known:
        from stormproof.core.spec_text import nearest_fix

        raise Refused(f"there is no layer '{asked}'", where="--layer", fix=nearest_fix(asked, known), code="SP900")


def _graph(call: Call) -> tuple[ResourceGraph, str]:
    from stormproof.core.infra.preview import read_preview, read_state

    args = call.args
    given = [one for one in (args.preview, args.state) if one is not None]
    if len(given) != 1:
        raise Refused(
            "nothing to check was given" if not given else "a preview and a state were given",
            where="stormproof infra check",
            fix="pulumi preview --json >preview.json; stormproof infra check --preview preview.json (or - for standard input)",
            code="SP900",
        )
    file = given[0]
    text = sys.stdin.read() if file == "-" else read_text(named_path(file))
    shown = "standard input" if file == "-" else file
    return (read_preview if args.preview is not None else read_state)(text, file=shown), shown


def _exceptions(folder: Path | None, given: str | None) -> list[RuleException]:
    """Of the file that was named, else of the project's, else none. Raises SpecInvalid with every mistake."""
    from stormproof.core.infra.exceptions import read_exceptions

    if given is None and (folder is None or not (folder / EXCEPTIONS).is_file()):
        return []
    path = named_path(given) if given is not None else folder / EXCEPTIONS if folder else EXCEPTIONS
    return read_exceptions(read_text(path), file=str(path), today=_today())


def _today() -> date:
    return datetime.now(UTC).date()
