"""What a recovery's time was made of, and what each remedy would gain: from measured parts alone, with honest bounds.

A prediction is a middle value between two bounds. The bounds hold what the parts cannot say (how far replay and fetching
get into each other's way on few cores); they are not a confidence interval. Definitions: docs/measurement.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stormproof.core.drill_result import Bottleneck, StepSpan
from stormproof.core.procedure import CONNECTIONS_DEFAULT, Procedure
from stormproof.core.recovery_parts import PostgresParts

SHARE_MIN = 0.02  # of the RTO: less is not worth a line
STEP_SHARE_MIN = 0.1
GAP_SHARE_MIN = 0.01
HAND_OVER_S = 0.01  # a file's way from the fetching job to the server
EXTRA_FILES = 4  # what any recovery asks for in vain at its end: history files, the next segment, the last again
CONNECTIONS_BEFORE_WAL = (1.0, 2.0, 3.0)  # choosing the point, then the restore's first ones: low, middle, high
# Twice the processes bring so much: exponent of the speed-up up to the number of cores (1.3, 1.6, 1.9 times).
PROCESS_GAIN = (0.4, 0.7, 0.95)
WORKING_SHARE = 0.5  # of a process: one that works less than this waits for something else
BACKUP_LEAVES_FILES = (4, 3, 1)  # WAL that a backup just taken still has behind it: low, middle, high gain

STEP_TEXTS: Mapping[str, tuple[str, str]] = {
    "restore": ("files restored by restic", "fewer or larger files, or a faster way to the vault"),
    "choose_point": ("list of backups read", "a cheaper connection to the vault (tls)"),
    "restore_config": ("server's configuration restored by restic", "a cheaper connection to the vault"),
}
# These steps are told by their parts.
_PARTED = ("restore_base", "fetch_wal", "fetch_stream", "replay", "start_server")


@dataclass(frozen=True, slots=True)
class Prediction:
    """Seconds that a change would take off the RTO; negative: it would make it longer."""

    gain_s: float
    low_s: float
    high_s: float

    def plus(self, other: Prediction) -> Prediction:
        return Prediction(self.gain_s + other.gain_s, self.low_s + other.low_s, self.high_s + other.high_s)

    def capped(self, most: float) -> Prediction:
        return Prediction(min(self.gain_s, most), min(self.low_s, most), min(self.high_s, most))


NOTHING = Prediction(0.0, 0.0, 0.0)


def procedure_of(parts: PostgresParts) -> Procedure:
    """The switches that a recovery ran with."""
    return Procedure.model_validate(
        {
            "transport": parts.transport
            if parts.transport in ("ssh", "tls")
            else "ssh",  # an object store has no switch
            "wal": parts.wal_way,
            "connections": parts.connections,
            "processes": parts.processes,
        }
    )


def predict(parts: PostgresParts, wanted: Procedure, *, room_s: float | None = None) -> Prediction | None:
    """What the RTO would lose with other switches, on the same data and host. None: the parts do not say.

    Args:
        wanted: `processes` None means as many as there are cores.
        room_s: no more than this can be gained, since something else runs beside it; None: nothing does.
    """
    now = procedure_of(parts)
    found = _processes(parts, wanted.processes or parts.cores)
    if (wanted.transport, wanted.wal) != (now.transport, now.wal):
        wal = _wal(parts, wanted)
        if wal is None:
            return None
        found = found.plus(wal)
    if wanted.transport != now.transport:
        difference = _connection_cost(parts, now.transport, wanted.transport)
        if difference is None:
            return None
        low, middle, high = (count * difference for count in CONNECTIONS_BEFORE_WAL)
        found = found.plus(Prediction(middle, min(low, high), max(low, high)))
    return found if room_s is None else found.capped(max(0.0, room_s))


def predict_fresher_backup(parts: PostgresParts) -> Prediction | None:
    """What a backup taken right before the failure would gain: the WAL behind it would be a few files."""
    if parts.wal_files < 1:
        return None
    stage = parts.wal_stage_s
    low, middle, high = (stage * max(0.0, 1 - left / parts.wal_files) for left in BACKUP_LEAVES_FILES)
    return Prediction(middle, low, high)


def seconds_per_wal_byte(parts: PostgresParts) -> float | None:
    """What each byte of WAL since the backup adds to the RTO."""
    return parts.wal_stage_s / parts.wal_bytes if parts.wal_bytes and parts.wal_stage_s else None


def bottlenecks(
    steps: Sequence[StepSpan], total_s: float, *, parts: PostgresParts | None = None, unaccounted_s: float = 0.0,
    interrupted_s: float = 0.0, has_tls: bool = False,
) -> list[Bottleneck]:  # fmt: skip
    """What the critical path was made of, the largest first, each with its remedy and what that would gain."""
    if total_s <= 0:
        return []
    critical = {step.step.rsplit(".", 1)[-1] for step in steps if step.critical}
    found = list(_of_steps(steps, total_s, parted=parts is not None))
    if parts is not None:
        found += _of_parts(parts, critical, room_s=room_beside(steps), has_tls=has_tls)
    tries = [step for step in steps if step.critical and step.attempts > 1]
    if tries:
        what = f"tried again: {', '.join(f'{step.title} ({step.attempts} times)' for step in tries)}"
        found.append(
            Bottleneck(
                what=what, seconds=round(sum(s.seconds for s in tries), 3), share=0, remedy="mend what failed first"
            )
        )
    if interrupted_s > 0:
        found.append(Bottleneck(what="nobody was at work", seconds=interrupted_s, share=0, remedy="resume sooner"))
    if unaccounted_s / total_s > GAP_SHARE_MIN:
        found.append(
            Bottleneck(what="our own gaps between steps", seconds=unaccounted_s, share=0, remedy="tell us: it is a bug")
        )
    shared = [one.model_copy(update={"share": round(one.seconds / total_s, 3)}) for one in found]
    return sorted((one for one in shared if one.share >= SHARE_MIN), key=lambda one: -one.seconds)


def _of_steps(steps: Sequence[StepSpan], total_s: float, *, parted: bool) -> Iterator[Bottleneck]:
    for step in steps:
        name = step.step.rsplit(".", 1)[-1]
        if step.critical and step.seconds / total_s >= STEP_SHARE_MIN and not (parted and name in _PARTED):
            what, remedy = STEP_TEXTS.get(name, (step.title, "look at this step's own log"))
            yield Bottleneck(what=what, seconds=round(step.seconds, 3), share=0, remedy=remedy)


def _of_parts(parts: PostgresParts, critical: set[str], *, room_s: float | None, has_tls: bool) -> Iterator[Bottleneck]:
    now = procedure_of(parts)
    if "restore_base" in critical and parts.base_s:
        busy = f", {parts.base_cpu_s / parts.base_s:.1f} cores busy" if parts.base_cpu_s else ""
        few = parts.processes < parts.cores
        gain = predict(parts, now.model_copy(update={"processes": parts.cores}), room_s=room_s) if few else NOTHING
        remedy = f"{parts.cores} processes" if few else "more cores, or a faster way to the vault"
        yield _line(
            f"base backup restored by {parts.processes} of {parts.cores} possible processes{busy}",
            parts.base_s, remedy, "processes" if few else "", gain if few else None,
        )  # fmt: skip
    if "replay" not in critical:
        return
    if parts.wal_waited_s > 0 and parts.wal_got:
        each = parts.wal_get_s / parts.wal_got
        on_demand = parts.wal_way == "on-demand"
        way = "one when replay asks" if on_demand else "ahead of replay"
        what = f"WAL fetched over {parts.transport}, {way}: {parts.wal_got} files, {each:.2f} s each"
        cost = parts.one_get_s.get("ssh", 0.0) - parts.one_get_s.get("tls", 0.0)
        if parts.transport == "ssh" and "tls" in parts.one_get_s and cost > 0:
            what += f", {cost:.2f} s of a single one is ssh's connection"
        if on_demand:
            better = now.model_copy(update={"wal": "prefetch", "connections": CONNECTIONS_DEFAULT})
            remedy, name = "fetch ahead of replay (procedure.wal: prefetch)", "prefetch"
        elif parts.transport == "ssh":
            better = now.model_copy(update={"transport": "tls"})
            remedy = "pgBackRest's TLS server at the vault" + ("" if has_tls else ", not set up yet")
            name = "tls"
        else:
            better, remedy, name = None, "a fresher backup: less WAL to fetch", "fresher-backup"
        gain = predict(parts, better, room_s=room_s) if better else predict_fresher_backup(parts)
        yield _line(what, parts.wal_waited_s, remedy, name, gain)
    if parts.replay_busy_s > 0:
        rate = seconds_per_wal_byte(parts)
        per_byte = f", {rate * 1e9:.1f} s per GB of WAL since the backup" if rate else ""
        gain = predict_fresher_backup(parts)
        capped = gain.capped(room_s) if gain and room_s is not None else gain
        yield _line(
            f"WAL replayed by the server{per_byte}", parts.replay_busy_s, "a fresher backup", "fresher-backup", capped
        )


def _line(what: str, seconds: float, remedy: str, name: str, gain: Prediction | None) -> Bottleneck:
    return Bottleneck(
        what=what,
        seconds=round(seconds, 3),
        share=0,
        remedy=remedy,
        remedy_id=name or None,
        predicted_gain_s=round(gain.gain_s, 3) if gain else None,
        gain_low_s=round(gain.low_s, 3) if gain else None,
        gain_high_s=round(gain.high_s, 3) if gain else None,
    )


def room_beside(steps: Sequence[StepSpan]) -> float | None:
    """How much the database's way may shrink until the files' way is the longer one; None where there are no files."""
    files = [step.offset_s + step.seconds for step in steps if step.step.startswith("files.")]
    database = [step.offset_s + step.seconds for step in steps if step.step.endswith("disarm_catalog")]
    return max(0.0, database[0] - max(files)) if files and database else None


def _processes(parts: PostgresParts, wanted: int) -> Prediction:
    before, after = min(parts.processes, parts.cores), min(wanted, parts.cores)
    if before == after or not parts.base_s:
        return NOTHING
    low, middle, high = (parts.base_s * (1 - (before / after) ** exponent) for exponent in PROCESS_GAIN)
    if parts.base_cpu_s is not None and after > before:
        # A restore that mostly waits (for its connections, for the vault) does not get faster by more processes.
        working = min(1.0, parts.base_cpu_s / parts.base_s / before / WORKING_SHARE)
        low, middle = low * working if working >= 1 else 0.0, middle * working
    return Prediction(middle, min(low, high), max(low, high))


def _wal(parts: PostgresParts, wanted: Procedure) -> Prediction | None:
    """The stage of WAL by the model, now and then. The part that the model does not see stays as it was measured."""
    now, busy = parts.wal_waited_s, parts.replay_busy_s
    count = parts.wal_got
    if count == 0:
        return NOTHING
    if wanted.wal == "on-demand":
        each = _one_get(parts, wanted.transport)
        if each is None:
            return None
        extra = parts.wal_extra if parts.wal_way == "on-demand" else EXTRA_FILES
        waited = (count + extra) * (each + HAND_OVER_S)
        gain = now - waited
        return Prediction(gain, gain - 0.15 * waited, gain + 0.15 * waited)
    if parts.prefetch_next_s is None or parts.prefetch_first_s is None:
        return None
    fetch = parts.prefetch_first_s + (count - 1) * parts.prefetch_next_s
    if wanted.transport != parts.transport:
        difference = _connection_cost(parts, parts.transport, wanted.transport)
        if difference is None:
            return None
        fetch = max(0.1 * fetch, fetch - difference * (1 + CONNECTIONS_DEFAULT))
    # Waiting is what fetching takes beyond what replay does meanwhile; on few cores each holds the other up.
    best, worst = max(fetch - busy, parts.prefetch_first_s), fetch + busy
    waited = (best + worst) / 2
    return Prediction(now - waited, now - worst, now - best)


def _one_get(parts: PostgresParts, transport: str) -> float | None:
    """One file the tools' way. What was measured in the run itself counts most; the probe then gives the ratio."""
    probed = parts.one_get_s.get(transport)
    if parts.wal_way != "on-demand" or not parts.wal_got:
        return probed
    own = parts.wal_get_s / parts.wal_got
    if transport == parts.transport:
        return own
    base = parts.one_get_s.get(parts.transport)
    return own * probed / base if probed and base else None


def _connection_cost(parts: PostgresParts, dearer: str, cheaper: str) -> float | None:
    """What one connection costs more over the first; negative when it costs less."""
    a, b = parts.one_get_s.get(dearer), parts.one_get_s.get(cheaper)
    return None if a is None or b is None else a - b
