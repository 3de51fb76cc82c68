"""How numbers and names look in every view: one place, so that terminal, HTML and Markdown agree."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from stormproof.core.drill_result import Bottleneck, DrillResult, IsolationProof, NegativeControl, Probe
from stormproof.core.figures import Figure
from stormproof.core.history import FIGURE_NAMES, figure
from stormproof.core.verdict import Verdict

VERDICT_MEANS: dict[Verdict, str] = {
    Verdict.MET: "Recovered and verified, within every target.",
    Verdict.MISSED: "Recovered and verified, but a target was missed.",
    Verdict.FAILED: "Recovery, a check or the isolation failed.",
    Verdict.UNVERIFIED: "Something could not be looked at. That is never a pass.",
    Verdict.REFUSED: "Refused before anything was moved.",
    Verdict.STOPPED: "Stopped half-way: a person is needed.",
}
UNDONE = "Stopped by a signal; what it had done was undone. That says nothing of the recovery."
LEFT = "Not all of it could be removed: see below."
CONTROL_WORD = {"missed": "not noticed", "blind-spot": "blind spot", "not-applicable": "not applicable"}
_REPLACED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format (overrides), surrogate, line and paragraph ends
_TARGETS = {"rto_service_s": "rto_s", "rpo_data_s": "rpo_s", "rpo_consistent_s": "rpo_consistent_s"}


def meaning(result: DrillResult) -> str:
    """What the verdict means. A run with negative controls answers another question: are the checks awake?"""
    means = VERDICT_MEANS[result.verdict]
    if result.verdict is Verdict.STOPPED and result.exit_code > 128:  # a signal's own
        means = UNDONE if not result.cleanup.left else f"{UNDONE} {LEFT}"
    if result.counts_for_coverage:
        return means
    apart = "Faults were seeded on purpose: this run counts for no coverage, and no target is held against it."
    ends = [control.end for control in result.negative_controls]
    if result.verdict is Verdict.MET:
        return f"Every seeded fault was caught and named by a check ({ends.count('caught')} of {len(ends)}). {apart}"
    if result.verdict is Verdict.FAILED and not {*ends} <= {"caught", "not-applicable"}:
        return f"Not every fault is proved to be noticed ({ends.count('caught')} of {len(ends)} are). {apart}"
    return f"{means} {apart}"


def control_word(control: NegativeControl) -> str:
    return CONTROL_WORD.get(control.end, control.end)


def control_note(control: NegativeControl) -> str:
    """One line beside a control: by what it was caught and what named it, or what would see it, or why it is not known."""
    if control.end == "caught":
        return f"{', '.join(control.caught_by)}: {control.named}" if control.named else ", ".join(control.caught_by)
    if control.end == "blind-spot" and control.would_see is not None:
        beyond = f"; {control.would_see.beyond}" if control.would_see.beyond else ""
        return f"would be seen with {control.would_see.yaml}{beyond}"
    return control.why


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure beside its target, ready to be shown. `met` is None where there is no target or no value."""

    key: str
    name: str
    value: str
    uncertainty: str
    target: str
    met: bool | None
    note: str
    figure: Figure
    target_value: float | None

    @property
    def answer(self) -> str:
        """`met`, `missed`, `unknown` (a target, but no value), or nothing where there is no target."""
        if self.target_value is None:
            return ""
        return "unknown" if self.met is None else "met" if self.met else "missed"


def figure_rows(result: DrillResult) -> list[FigureRow]:
    """The figures in the order that a reader asks for them: those with a target first."""
    rows = []
    for key, name in FIGURE_NAMES.items():
        value = figure(result, key)
        target = getattr(result.targets, _TARGETS[key]) if key in _TARGETS else None
        counted = key == "acknowledged_writes_lost"
        shown = "not measured" if value.value is None else count(value.value) if counted else seconds(value.value)
        if value.at_least is not None:
            shown = f"at most {shown}"
        uncertainty = "" if value.value is None or not value.uncertainty_s else f"± {seconds(value.uncertainty_s)}"
        met = None if target is None else value.met(target)
        between = value.at_least is not None and value.why is not None
        note = plain(value.source if value.value is not None and not between else value.why or "no reason given")
        rows.append(
            FigureRow(
                key, name, shown, uncertainty, "" if target is None else duration(target), met, note, value, target
            )
        )
    return sorted(rows, key=lambda row: row.key not in _TARGETS)


def seconds(value: float) -> str:
    """For people: 0.3 ms, 0.40 s, 41.8 s, 5 min 42 s, 2 h 5 min, 17 d."""
    size = abs(value)
    if size < 0.005:
        return f"{value * 1000:.1f} ms" if size else "0 s"
    if round(size, 2) < 10:
        return f"{value:.2f} s"
    if round(size, 1) < 120:
        return f"{value:.1f} s"
    return duration(value)


def duration(value: float) -> str:
    """Whole seconds in the two largest units: 45 s, 5 min, 5 min 42 s, 2 h 5 min, 17 d."""
    sign, rest = ("-" if value < 0 else ""), abs(value)
    if rest < 60 and rest != int(rest):
        return f"{value:g} s"
    rest = int(rest + 0.5)
    parts = []
    for name, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if rest >= size:
            parts.append(f"{rest // size} {name}")
            rest %= size
    return sign + (" ".join(parts[:2]) or "0 s")


def count(value: float) -> str:
    """1,234 – with separators that every reader knows."""
    return f"{value:,.0f}"


def size(value: float) -> str:
    """Bytes for people, in decimal units."""
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def instant(value: datetime | None) -> str:
    """2026-01-31 04:15:00 UTC, or a dash."""
    return "–" if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def plain(text: str, limit: int = 2000) -> str:
    """Text that came from a restored system, safe for a terminal and for layout: no control, no direction override.

    Restored data is hostile: an escape sequence could repaint a terminal, an override could turn a word around.
    """
    kept = "".join(_harmless(char) for char in text[:limit])
    return kept + ("…" if len(text) > limit else "")


def _harmless(char: str) -> str:
    if char in "\n\r\t":
        return " "
    noncharacter = ord(char) & 0xFFFE == 0xFFFE  # XML forbids these as well
    return "\ufffd" if noncharacter or unicodedata.category(char) in _REPLACED else char


def probe_summary(proof: IsolationProof) -> str:
    """One line on a proof: how many were blocked with a witness, how many got through, what could not be told."""
    if proof.result == "not-run":
        return "not run"
    blocked = [p for p in proof.probes if p.expected == "blocked"]
    through = sum(p.saw == "connected" for p in blocked)
    counted = sum(p.counts and p.saw == "blocked" for p in blocked)
    reached = [p for p in proof.probes if p.expected == "connected"]
    moot = sum(p.moot for p in blocked)
    aside = [f"{counted} beside a witness that connected"] + ([f"{moot} moot"] if moot else [])
    parts = [
        f"{through or 'none'} of {len(blocked)} probes got through ({', '.join(aside)})",
        f"{sum(p.saw == 'connected' for p in reached)} of {len(reached)} that must connect did",
    ]
    if unknown := sum(p.saw == "unknown" for p in proof.probes):
        parts.append(f"{unknown} could not be told")
    known = sum(fact.result == "passed" for fact in proof.structure)
    parts.append(f"{known} of {len(proof.structure)} facts of structure hold")
    if unseen := sum(fact.result == "unknown" for fact in proof.structure):
        parts.append(
            f"{unseen} could not be looked at and does not decide" if proof.result == "proved" else f"{unseen} unknown"
        )
    return ", ".join(parts)


def probe_answer(probe: Probe) -> str:
    """`good`, `bad`, `unknown` or `moot`: what one probe says about isolation."""
    if probe.moot:
        return "moot"
    if probe.saw == "unknown":
        return "unknown"
    return "good" if probe.saw == probe.expected else "bad"


def saving(found: Bottleneck) -> str:
    """What a remedy is predicted to gain, with its bounds; its most where that is all that can be said; else nothing."""
    if found.predicted_gain_s is None:
        most = found.gain_high_s or 0.0
        return f"at most {seconds(most)}" if most > 0 else ""
    if found.predicted_gain_s <= 0:
        return ""
    text = f"about {seconds(found.predicted_gain_s)}"
    if found.gain_low_s is None or found.gain_high_s is None:
        return text
    return f"{text} ({seconds(max(0.0, found.gain_low_s))} to {seconds(found.gain_high_s)})"
