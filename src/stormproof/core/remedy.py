"""What can be tried against a slow recovery, by name; and whether trying it brought what was predicted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from stormproof.core.bottleneck import Prediction, predict, predict_fresher_backup, room_beside
from stormproof.core.drift import drift_of, turns, without_drift
from stormproof.core.drill_result import DrillResult
from stormproof.core.errors import Refused
from stormproof.core.procedure import TOOLS_DEFAULTS, Procedure, chosen_procedure
from stormproof.core.recovery_parts import COMPRESSIONS
from stormproof.core.unpacking import predict_compression

AGREES_WITHIN = 0.25  # of the measured gain
Act = Literal["", "backup", "compression"]

_SWITCHES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "tls": ("pgBackRest's TLS server instead of ssh", {"transport": "tls"}),
    "ssh": ("ssh instead of the TLS server", {"transport": "ssh"}),
    "prefetch": ("WAL fetched ahead of replay", {"wal": "prefetch"}),
    "on-demand": ("WAL fetched one file at a time, when replay asks", {"wal": "on-demand"}),
    "defaults": ("as the tools do without being told", TOOLS_DEFAULTS.model_dump()),
    "fresher-backup": ("a backup taken right before the failure", {}),
}
_NUMBERED: Mapping[str, str] = {
    "processes": "processes of the base restore",
    "connections": "connections that bring WAL",
}


@dataclass(frozen=True)
class Remedy:
    """`changes`: switches of the procedure. `act`: what is done to the vault before a run with it."""

    name: str
    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    act: Act = ""
    value: str = ""


def parse_remedy(names: Sequence[str]) -> Remedy:
    """One remedy of all the names, such as `tls`, `processes=4`, `compression=lz4`. Raises Refused."""
    found = [_one(name.strip()) for whole in names for name in whole.split(",")]
    acts = [one for one in found if one.act]
    if len(acts) > 1:
        raise _refused(",".join(one.name for one in found), "only one of them may change the backup")
    changes: dict[str, Any] = {}
    for one in found:
        changes |= one.changes
    return Remedy(
        name=",".join(one.name for one in found),
        title="; ".join(one.title for one in found),
        changes=changes,
        act=acts[0].act if acts else "",
        value=acts[0].value if acts else "",
    )


def _one(name: str) -> Remedy:
    if name in _SWITCHES:
        title, changes = _SWITCHES[name]
        return Remedy(name, title, changes, "backup" if name == "fresher-backup" else "")
    key, _, value = name.partition("=")
    if key in _NUMBERED and (not value or re.fullmatch(r"[1-9]\d?", value, re.ASCII)):
        number = int(value) if value else None
        if key == "connections" and number is None:
            raise _refused(name, "it needs a number, such as connections=4")
        return Remedy(name, f"{value or 'as many as cores:'} {_NUMBERED[key]}", {key: number})
    if key == "compression" and value in COMPRESSIONS:
        return Remedy(name, f"a full backup compressed with {value}", {}, "compression", value)
    raise _refused(name, "there is no such remedy")


def _refused(name: str, why: str) -> Refused:
    known = ", ".join([*_SWITCHES, "processes=N", "connections=N", f"compression={'|'.join(COMPRESSIONS)}"])
    return Refused(f"'{name}': {why}", where="--apply", fix=f"choose one of {known}", code="SP813")


def prediction_for(result: DrillResult, remedy: Remedy, own: Procedure, *, has_tls: bool) -> Prediction | None:
    """What the remedy would have gained in that run, by its measured parts; None where they do not say."""
    if result.parts is None:
        return None
    room = room_beside(result.steps)
    found = Prediction(0.0, 0.0, 0.0)
    if remedy.changes:
        before = chosen_procedure(own, result.choices.get("procedure"), has_tls=has_tls)
        wanted = chosen_procedure(before, dict(remedy.changes), has_tls=has_tls)
        switched = predict(result.parts, wanted)
        if switched is None:
            return None
        found = switched
    if remedy.act == "backup":
        fresher = predict_fresher_backup(result.parts)
        if fresher is None:
            return None
        found = found.plus(fresher)
    if remedy.act == "compression":
        packed = predict_compression(result.parts, remedy.value)
        if packed is None:
            return None
        found = found.plus(packed)
    return found if room is None else found.capped(room)  # together they gain no more than what runs beside leaves


def why_unpredicted(remedy: Remedy) -> str:
    """Why no figure is given where there is none, for people."""
    if remedy.act == "compression":
        return "no part of a run tells whether a restore waits for its own unpacking or for the vault"
    if "connections" in remedy.changes:
        return "no part of a run tells what the vault and the way to it can still bring beside what they brought"
    if "processes" in remedy.changes:
        return "how busy the cores were leaves open whether it changes anything"
    return "the measured parts leave open whether it is a gain"


@dataclass(frozen=True)
class RemedyComparison:
    """Rounds without and with a remedy, side by side. Seconds of RTO service.

    Attributes:
        predicted: bounds with zero between them are a range and no prediction: then there is no figure to agree with.
        gain_s: between the medians of both sides, with the drift of all runs taken out.
        noise_s: the wider of the two spreads (largest minus smallest) then; None for fewer than two rounds.
        gain_range_s: smallest and largest difference of one round's two runs; None for fewer than two rounds.
        agrees: whether the prediction lies within a quarter of what was measured; None where that cannot be said.
        why: why nothing is predicted; empty where something is.
    """

    remedy: str
    title: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    predicted: Prediction | None
    why: str = ""

    @property
    def predicted_s(self) -> float | None:
        return self.predicted.gain_s if self.predicted is not None and self.predicted.says_something else None

    @property
    def drift_s(self) -> float:
        """Seconds that each run was slower than the one before, whichever side it was of."""
        return drift_of(self.before, self.after)

    @property
    def _level(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Both sides with the drift taken out."""
        first, second = turns(max(len(self.before), len(self.after)))
        runs = len(self.before) + len(self.after)
        return (
            without_drift(self.before, first, self.drift_s, runs),
            without_drift(self.after, second, self.drift_s, runs),
        )

    @property
    def before_s(self) -> float | None:
        return median(self.before) if self.before else None

    @property
    def after_s(self) -> float | None:
        return median(self.after) if self.after else None

    @property
    def gain_s(self) -> float | None:
        before, after = self._level
        return median(before) - median(after) if before and after else None

    @property
    def noise_s(self) -> float | None:
        if min(len(self.before), len(self.after)) < 2:
            return None
        return max(max(values) - min(values) for values in self._level)

    @property
    def gain_range_s(self) -> tuple[float, float] | None:
        pairs = [without - with_it for without, with_it in zip(self.before, self.after, strict=False)]
        return (min(pairs), max(pairs)) if len(pairs) > 1 else None

    @property
    def beyond_noise(self) -> bool | None:
        return None if self.noise_s is None or self.gain_s is None else abs(self.gain_s) > self.noise_s

    @property
    def error_share(self) -> float | None:
        """How far the prediction lies from what was measured, as a share of it."""
        if self.predicted_s is None or not self.gain_s:
            return None
        return abs(self.predicted_s - self.gain_s) / abs(self.gain_s)

    @property
    def agrees(self) -> bool | None:
        return None if self.error_share is None or not self.beyond_noise else self.error_share <= AGREES_WITHIN

    def as_json(self) -> dict[str, Any]:
        predicted, between = self.predicted, self.gain_range_s
        return {
            "remedy": self.remedy,
            "title": self.title,
            "before_s": list(self.before),
            "after_s": list(self.after),
            "before_median_s": self.before_s,
            "after_median_s": self.after_s,
            "measured_gain_s": self.gain_s,
            "measured_low_s": between[0] if between else None,
            "measured_high_s": between[1] if between else None,
            "drift_s": self.drift_s,
            "noise_s": self.noise_s,
            "beyond_noise": self.beyond_noise,
            "predicted_gain_s": self.predicted_s,
            "predicted_low_s": predicted.low_s if predicted else None,
            "predicted_high_s": predicted.high_s if predicted else None,
            "predicted_why": self.why or None,
            "error_share": self.error_share,
            "agrees": self.agrees,
        }


def comparison(
    remedy: Remedy, before: Sequence[DrillResult], after: Sequence[DrillResult],
    predict_one: Callable[[DrillResult], Prediction | None],
) -> RemedyComparison:  # fmt: skip
    """The middle prediction of the runs without the remedy, with the widest bounds of them."""
    predictions = [found for found in map(predict_one, before) if found is not None]
    middle = None
    if predictions:
        middle = Prediction(
            median(p.gain_s for p in predictions),
            min(p.low_s for p in predictions),
            max(p.high_s for p in predictions),
        )
    why = "" if middle is not None and middle.says_something else why_unpredicted(remedy)
    return RemedyComparison(remedy.name, remedy.title, _rto(before), _rto(after), middle, why)


def _rto(results: Sequence[DrillResult]) -> tuple[float, ...]:
    return tuple(value for result in results if (value := result.figures.rto_service_s.value) is not None)
