"""OpenMetrics text, for a textfile collector or a push gateway. What was not measured has no sample: absent is not 0.

Source: OpenMetrics 1.0 (prometheus/OpenMetrics, specification). One sample per drill and kind of scenario: the newest run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from stormproof.core.drill_result import DrillResult
from stormproof.core.figures import Figure
from stormproof.core.verdict import CheckResult, Verdict
from stormproof.report.wording import plain

Sample: TypeAlias = "tuple[dict[str, str], float]"
_PREFIX = "stormproof_drill_"

_FIGURES: tuple[tuple[str, str, Callable[[DrillResult], Figure | float | None]], ...] = (
    ("rto_seconds", "From the start to the first verified write and read.", lambda r: r.figures.rto_service_s),
    ("rto_target_seconds", "The target of RTO service.", lambda r: r.targets.rto_s),
    ("rto_job_seconds", "Restore jobs alone, as consoles report them.", lambda r: r.figures.rto_job_s),
    (
        "rpo_seconds",
        "Data that did not come back: failure minus newest heartbeat that did.",
        lambda r: r.figures.rpo_data_s,
    ),
    ("rpo_target_seconds", "The target of RPO data.", lambda r: r.targets.rpo_s),
    ("rpo_point_seconds", "Failure minus the instant of the recovery point.", lambda r: r.figures.rpo_point_s),
    (
        "rpo_consistent_seconds",
        "Failure minus the newest instant at which rows have their files.",
        lambda r: r.figures.rpo_consistent_s,
    ),
    ("rpo_consistent_target_seconds", "The target of RPO consistent.", lambda r: r.targets.rpo_consistent_s),
    (
        "acknowledged_writes_lost",
        "Acknowledged heartbeats that did not come back.",
        lambda r: r.figures.acknowledged_writes_lost,
    ),
    ("checks_duration_seconds", "Time that the checks took.", lambda r: r.checks_seconds),
    ("unaccounted_seconds", "Part of RTO service that belongs to no phase.", lambda r: r.unaccounted_s),
    ("leftovers", "Things that tear-down left behind.", lambda r: float(len(r.cleanup.left))),
    ("exit_code", "Exit code of the run.", lambda r: float(r.exit_code)),
    (
        "started_timestamp_seconds",
        "When the run started.",
        lambda r: None if r.started is None else r.started.timestamp(),
    ),
)


def openmetrics_text(results: Sequence[DrillResult]) -> str:
    """The exposition, ending with `# EOF`."""
    newest: dict[tuple[str, str], DrillResult] = {}
    seeded: dict[tuple[str, str], DrillResult] = {}
    for result in sorted(results, key=lambda r: r.run):
        # A run with negative controls measures something else: it stands in for no drill.
        (newest if result.counts_for_coverage else seeded)[result.drill, result.scenario.kind] = result
    drills = list(newest.values())
    lines: list[str] = []
    for name, text, read in _FIGURES:
        lines += _family(name, text, ((_labels(r), value) for r in drills if (value := _value(read(r))) is not None))
    lines += _family("phase_seconds", "Phases of the critical path.", (s for r in drills for s in _phases(r)))
    lines += _family("checks", "Checks by their result.", (s for r in drills for s in _checks(r)))
    lines += _family(
        "isolation_proved", "1 proved, 0 not: broken, unknown or not run.", (s for r in drills for s in _isolation(r))
    )
    lines += _family(
        "negative_controls", "Seeded faults by what became of them, in the newest run that seeded any.",
        (s for r in seeded.values() for s in _controls(r)),
    )  # fmt: skip
    verdict = f"{_PREFIX}verdict"
    states = (({**_labels(r), verdict: v.value}, float(r.verdict is v)) for r in drills for v in Verdict)
    lines += _family("verdict", "What the newest run ended in.", states, kind="stateset")
    info = (({**_labels(r), "run": r.run, "isolation_level": r.isolation_level}, 1.0) for r in drills)
    lines += _family("run", "The newest run.", info, kind="info")
    return "\n".join([*lines, "# EOF"]) + "\n"


def _value(figure: Figure | float | None) -> float | None:
    return figure.value if isinstance(figure, Figure) else figure


def _phases(result: DrillResult) -> list[Sample]:
    total: dict[str, float] = {}
    for phase in result.phases:
        total[phase.name] = total.get(phase.name, 0.0) + phase.seconds
    return [({**_labels(result), "phase": name}, value) for name, value in total.items()]


def _checks(result: DrillResult) -> list[Sample]:
    return [
        ({**_labels(result), "result": kind.value}, float(sum(check.result is kind for check in result.checks)))
        for kind in CheckResult
    ]


def _controls(result: DrillResult) -> list[Sample]:
    ends = [control.end for control in result.negative_controls]
    return [
        ({**_labels(result), "status": status}, float(ends.count(status)))
        for status in ("caught", "missed", "blind-spot", "not-applicable", "unknown")
    ]


def _isolation(result: DrillResult) -> list[Sample]:
    proofs = (("before", result.isolation.before), ("after", result.isolation.after))
    return [({**_labels(result), "when": when}, float(proof.result == "proved")) for when, proof in proofs]


def _labels(result: DrillResult) -> dict[str, str]:
    return {"drill": result.drill, "service": result.service, "scenario": result.scenario.kind}


def _family(name: str, text: str, samples: Iterable[Sample], *, kind: str = "gauge") -> list[str]:
    full = _PREFIX + name
    lines = [f"# TYPE {full} {kind}"]
    if name.endswith("_seconds"):
        lines.append(f"# UNIT {full} seconds")
    lines.append(f"# HELP {full} {text}")
    shown = full + ("_info" if kind == "info" else "")
    body = [
        f"{shown}{{{','.join(f'{k}={_quoted(v)}' for k, v in labels.items())}}} {value:.10g}"
        for labels, value in samples
    ]
    return lines + body if body else []


def _quoted(text: str) -> str:
    escaped = plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
