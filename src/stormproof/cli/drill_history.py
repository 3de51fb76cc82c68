"""`drill history`, and two runs of `drill compare`: what signed evidence says over time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stormproof.cli import records
from stormproof.cli.call import Call


def history(call: Call) -> int:
    """Figures of past runs per drill and scenario, newest first. Reads evidence without verifying every signature."""
    from stormproof.core import history as past
    from stormproof.report.history_text import history_lines

    name = call.args.name
    found = records.results(call, name)
    if name is not None and not found:
        _refuse_unknown(call, name)
    histories = past.history(found, drill=name)
    document: dict[str, Any] = {
        "schema": "stormproof.drill-history/v1",
        "drills": [_plain(one) for one in histories],
        "exit_code": 0,
    }
    call.out.answer(document, history_lines(histories, width=call.out.width))
    return 0


def compare_runs(call: Call) -> int:
    """Two runs, row by row. 0 whatever the difference is."""
    from stormproof.core.history import compare as compared
    from stormproof.report.history_text import comparison_lines

    sides = []
    for wanted in (call.args.a, call.args.b):
        record = records.find_record(call, wanted)
        if note := records.trust_note(record):
            call.out.complain(f"{wanted}: {note}")
        sides.append(records.result_of(record, wanted))
    comparison = compared(*sides)
    document = {"schema": "stormproof.drill-comparison/v1", **_plain(comparison), "exit_code": 0}
    call.out.answer(document, comparison_lines(comparison, width=call.out.width))
    return 0


def _refuse_unknown(call: Call, name: str) -> None:
    """A misspelt name is refused; a drill that never ran is not."""
    from stormproof.cli.workspace import chosen_files

    chosen_files(call.project, [name])


def _plain(thing: Any) -> dict[str, Any]:
    """A dataclass as JSON would have it: enums by their value."""

    def value(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: value(inner) for key, inner in one.items() if key not in ("older", "newer", "results")}
        if isinstance(one, list | tuple):
            return [value(inner) for inner in one]
        if hasattr(one, "model_dump"):
            return one.model_dump(mode="json", by_alias=True)
        return getattr(one, "value", one)

    plain: dict[str, Any] = value(asdict(thing))
    return plain
