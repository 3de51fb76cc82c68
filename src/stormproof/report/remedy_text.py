"""A drill without and with a remedy, for a terminal: what was predicted, what came."""

from __future__ import annotations

from stormproof.core.remedy import AGREES_WITHIN, RemedyComparison
from stormproof.report.wording import seconds

DRIFT_WORTH_SAYING_S = 0.05


def remedy_lines(found: RemedyComparison, *, drill: str, ended_well: bool) -> list[str]:
    lines = [f"{drill}: {found.remedy} ({found.title})", ""]
    for name, values, middle in (
        ("without", found.before, found.before_s),
        ("with", found.after, found.after_s),
    ):
        shown = "  ".join(map(seconds, values)) or "–"
        lines.append(f"  RTO {name:<9}{'–' if middle is None else seconds(middle):>9}   rounds: {shown}")
    if not ended_well:
        return [*lines, "", "  A drill did not end as met or missed, so there is nothing to compare."]
    gain, predicted = found.gain_s, found.predicted
    between = found.gain_range_s
    rounds = f"   round by round {_signed(between[0])} to {_signed(between[1])}" if between else ""
    lines += ["", f"  measured gain {_signed(gain):>9}{rounds}"]
    if abs(found.drift_s) >= DRIFT_WORTH_SAYING_S:
        slower = "slower" if found.drift_s > 0 else "quicker"
        lines.append(f"  taken out     each run was {seconds(abs(found.drift_s))} {slower} than the one before it")
    if found.predicted_s is None:
        bounds = f"between {_signed(predicted.low_s)} and {_signed(predicted.high_s)}, no closer: " if predicted else ""
        lines.append(f"  not predicted {bounds}{found.why or 'the measured parts do not say'}")
    elif predicted is not None:
        lines.append(
            f"  predicted     {_signed(predicted.gain_s):>9}   between {_signed(predicted.low_s)} and {_signed(predicted.high_s)}"
        )
    lines.append("")
    if found.noise_s is None:
        lines.append("  One round says nothing about noise: take --rounds 3 or more.")
    elif not found.beyond_noise:
        lines.append(f"  Below the noise: the rounds of one side lie up to {seconds(found.noise_s)} apart.")
    else:
        lines.append(f"  Beyond the noise (rounds of one side lie up to {seconds(found.noise_s)} apart).")
    if found.agrees is not None and found.error_share is not None:
        word = "within" if found.agrees else "outside"
        lines.append(f"  The prediction is {found.error_share:.0%} off, {word} {AGREES_WITHIN:.0%}.")
    return lines


def _signed(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{'-' if value < 0 else '+'}{seconds(abs(value))}"
