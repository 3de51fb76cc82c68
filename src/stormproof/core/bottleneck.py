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
HAND_OVER_S = 0.01  # a file's way from the fetching job to the server
EXTRA_FILES = 4  # what any recovery asks for in vain at its end: history files, the next segment, the last again
CONNECTIONS_TO_CHOOSE = 1  # the list of backups
# The tool's own process opens a connection, then those that it starts open theirs, side by side. Low, middle, high.
CONNECTIONS_OF_A_RESTORE = CONNECTIONS_OF_A_FETCH = (1.5, 2.0, 3.0)
# What ssh takes of a base restore beside its connections, by the file and the byte. Seen with 0.2 GB and with 1.9 GB over
# a local network (docs/measurement.md): nothing to an eighth.
SSH_SHARE = (0.0, 0.05, 0.15)
# Exponent of the speed-up by processes where nobody knows how busy the cores were, up to the number of cores. Twice as
# many brought 1.2 times with 0.2 GB and 1.5 to 1.8 times with 1.9 GB.
PROCESS_GAIN = (0.0, 0.4, 1.0)
# Where it is known: the smaller, the sooner processes that share the cores get into each other's way. Low, middle, high.
# Fitted to restores of 0.3 and 0.6 GB by one and by two processes on two cores (docs/measurement.md).
PROCESS_SHARING = (1.4, 1.7, 2.6)
# How much a fetch and the replay beside it hold each other up, from not at all to one after the other. Seen on two cores
# that the vault ran on too: a fifth (docs/measurement.md).
HELD_UP = 0.2
BACKUP_LEAVES_FILES = (4, 2, 1)  # WAL that a backup just taken still has behind it: low, middle, high gain

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

    @classmethod
    def exactly(cls, seconds: float) -> Prediction:
        return cls(seconds, seconds, seconds)

    @property
    def says_something(self) -> bool:
        """Whether it says at least if there is a gain or a loss."""
        return self.low_s > 0 or self.high_s < 0 or self.low_s == self.high_s == 0

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
    transport = parts.transport if wanted.transport == now.transport else wanted.transport
    if wanted.wal == now.wal == "prefetch" and wanted.connections != now.connections and parts.wal_got:
        return None  # what more connections bring is limited by what no part tells: the vault, the way to it
    if (transport, wanted.wal) != (parts.transport, now.wal):
        wal = _wal(parts, transport, wanted.wal)
        if wal is None:
            return None
        found = found.plus(wal)
    if transport != parts.transport:
        base = _transport_of_base(parts, transport)
        if base is None:
            return None
        found = found.plus(base)
    return found if room_s is None else found.capped(room_s)


def predict_fresher_backup(parts: PostgresParts, *, room_s: float | None = None) -> Prediction | None:
    """What a backup taken right before the failure would gain: the WAL behind it would be a few files.

    What is asked for in vain at the end, and the wait for the first file, remain. `room_s`: see `predict`.
    """
    if not parts.wal_files:
        return None
    low, middle, high = (_saved_by_less_wal(parts, left) for left in BACKUP_LEAVES_FILES)
    found = Prediction(middle, low, high)
    return found if room_s is None else found.capped(room_s)


def _saved_by_less_wal(parts: PostgresParts, left: int) -> float:
    share = max(0.0, 1 - left / parts.wal_files)
    if parts.wal_way == "on-demand":
        waited = min(parts.wal_waited_s, parts.wal_get_s + parts.wal_got * HAND_OVER_S)
    else:
        waited = max(0.0, parts.wal_waited_s - parts.wal_first_wait_s)
    return share * (waited + parts.replay_busy_s)


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
    critical = {_short(step) for step in steps if step.critical}
    found = list(_of_steps(steps, total_s, parted=parts is not None))
    if parts is not None:
        found += _of_parts(parts, critical, room_s=room_beside(steps), has_tls=has_tls)
    tries = [step for step in steps if step.critical and step.attempts > 1]
    what = f"tried again: {', '.join(f'{step.title} ({step.attempts} times)' for step in tries)}"
    found.append(_Cause(what, sum(step.seconds for step in tries), "mend what failed first"))
    found.append(_Cause("nobody was at work", interrupted_s, "resume sooner"))
    found.append(_Cause("our own gaps between steps", unaccounted_s, "tell us: it is a bug"))
    told = [one for cause in found if (one := cause.told(total_s)).share >= SHARE_MIN]
    return sorted(told, key=lambda one: -one.seconds)


@dataclass(frozen=True, slots=True)
class _Cause:
    """Where time went. `name`: the remedy as `drill compare --apply` takes it, where it does."""

    what: str
    seconds: float
    remedy: str
    name: str | None = None
    gain: Prediction | None = None

    def told(self, total_s: float) -> Bottleneck:
        seconds, gain = round(self.seconds, 3), self.gain
        return Bottleneck(
            what=self.what,
            seconds=seconds,
            share=round(seconds / total_s, 3),
            remedy=self.remedy,
            remedy_id=self.name,
            predicted_gain_s=round(gain.gain_s, 3) if gain and gain.says_something else None,
            gain_low_s=round(gain.low_s, 3) if gain else None,
            gain_high_s=round(gain.high_s, 3) if gain else None,
        )


def _short(step: StepSpan) -> str:
    """A step's name without the book that it was taken from."""
    return step.step.rpartition(".")[2]


def _of_steps(steps: Sequence[StepSpan], total_s: float, *, parted: bool) -> Iterator[_Cause]:
    for step in steps:
        name = _short(step)
        if step.critical and step.seconds / total_s >= STEP_SHARE_MIN and not (parted and name in _PARTED):
            what, remedy = STEP_TEXTS.get(name, (step.title, "look at this step's own log"))
            yield _Cause(what, step.seconds, remedy)


def _of_parts(parts: PostgresParts, critical: set[str], *, room_s: float | None, has_tls: bool) -> Iterator[_Cause]:
    now = procedure_of(parts)
    if "restore_base" in critical and parts.base_s:
        busy = f", {parts.base_cpu_s / parts.base_s:.1f} cores busy" if parts.base_cpu_s else ""
        if parts.unpacking_s:
            busy += f", {parts.unpacking_s:.1f} s of their time unpacks {parts.compression}"
        what = f"base backup restored by {parts.processes} of {parts.cores} possible processes{busy}"
        if parts.processes < parts.cores:
            gain = predict(parts, now.model_copy(update={"processes": parts.cores}), room_s=room_s)
            yield _Cause(what, parts.base_s, f"{parts.cores} processes", "processes", gain)
        else:
            yield _Cause(what, parts.base_s, "more cores, or a faster way to the vault")
    if "replay" not in critical:
        return
    fresher = predict_fresher_backup(parts, room_s=room_s)
    if parts.wal_got:
        each = parts.wal_get_s / parts.wal_got
        on_demand = parts.wal_way == "on-demand"
        way = "one when replay asks" if on_demand else "ahead of replay"
        what = f"WAL fetched over {parts.transport}, {way}: {parts.wal_got} files, {each:.2f} s each"
        cost = _connection_cost(parts, "ssh", "tls")
        if parts.transport == "ssh" and cost is not None and cost > 0:
            what += f", {cost:.2f} s of a single one is ssh's connection"
        if on_demand:
            better = now.model_copy(update={"wal": "prefetch", "connections": CONNECTIONS_DEFAULT})
            gain = predict(parts, better, room_s=room_s)
            remedy, name = "fetch ahead of replay (procedure.wal: prefetch)", "prefetch"
        elif parts.transport == "ssh":
            gain = predict(parts, now.model_copy(update={"transport": "tls"}), room_s=room_s)
            remedy = "pgBackRest's TLS server at the vault" + ("" if has_tls else ", not set up yet")
            name = "tls"
        else:
            gain, remedy, name = fresher, "a fresher backup: less WAL to fetch", "fresher-backup"
        yield _Cause(what, parts.wal_waited_s, remedy, name, gain)
    rate = seconds_per_wal_byte(parts)
    per_byte = f", {rate * 10**9:.1f} s per GB of WAL since the backup" if rate else ""
    what = f"WAL replayed by the server{per_byte}"
    yield _Cause(what, parts.replay_busy_s, "a fresher backup", "fresher-backup", fresher)


def room_beside(steps: Sequence[StepSpan]) -> float | None:
    """How much the database's way may shrink until the files' way is the longer one; None where there are no files."""
    files = [step.offset_s + step.seconds for step in steps if step.step.startswith("files.")]
    database = [step.offset_s + step.seconds for step in steps if step.step.endswith("disarm_catalog")]
    return max(0.0, database[0] - max(files)) if files and database else None


def _processes(parts: PostgresParts, wanted: int) -> Prediction:
    """More processes shorten what is no connection, fewer lengthen it.

    How busy the host's cores were holds all that ran on it: in the lab the vault's side and the other hosts too. Work
    that had nothing to do with the restore gives way to more of its processes, so one bound is for its own work alone.
    """
    before, after = min(parts.processes, parts.cores), min(wanted, parts.cores)
    if not parts.base_s:
        return NOTHING
    spread_s = max(0.0, parts.base_s - CONNECTIONS_OF_A_RESTORE[1] * parts.one_get_s.get(parts.transport, 0.0))
    busy = parts.base_busy_share
    if busy is None:
        low, middle, high = (spread_s * (1 - (before / after) ** exponent) for exponent in PROCESS_GAIN)
        return Prediction(middle, min(low, high), max(low, high))
    crowded, usual, roomy = PROCESS_SHARING
    if after > before:
        own = busy if parts.base_cpu_s is None else min(busy, parts.base_cpu_s / parts.base_s / parts.cores)
        left = [_by_more(before / after, share, way) for share, way in ((busy, crowded), (busy, usual), (own, roomy))]
    else:  # what fewer leave idle can be all that more of them used
        left = [1 / _by_more_than(after / before, busy, way) for way in (crowded, usual)] + [before / after]
    gains = [spread_s * (1 - share) for share in left]
    return Prediction(gains[1], min(gains), max(gains))


def _by_more(share: float, busy: float, sharing: float) -> float:
    """What is left of the time of few processes when there are more: `share` of it were they alone, `busy` of it at the
    least, the cores' work. A sum of powers, because neither bound is reached as long as the other is near.

    Args:
        share: how many there were / how many there are, below 1.
        busy: share of the cores' time that the few took, 0 to 1.
    """
    left: float = (share**sharing + busy**sharing) ** (1 / sharing)
    return min(1.0, left)


def _by_more_than(share: float, busy: float, sharing: float) -> float:
    """The same from the other end, where `busy` is what the many took: the work is the same, so that the few will be
    busy for that share of it which is asked for."""
    unshared = 1 - busy**sharing
    if unshared <= 0:
        return 1.0
    left: float = share / unshared ** (1 / sharing)
    return min(1.0, left)


def _transport_of_base(parts: PostgresParts, wanted: str) -> Prediction | None:
    """Choosing the point, and the base restore: its connections, and what ssh takes of the rest."""
    difference = _connection_cost(parts, parts.transport, wanted)
    if difference is None:
        return None
    sign = 1 if parts.transport == "ssh" else -1
    found = [
        (CONNECTIONS_TO_CHOOSE + count) * difference + sign * share * (parts.base_s or 0.0)
        for count, share in zip(CONNECTIONS_OF_A_RESTORE, SSH_SHARE, strict=True)
    ]
    return Prediction(found[1], min(found), max(found))


def _wal(parts: PostgresParts, transport: str, way: str) -> Prediction | None:
    """The stage of WAL by the model, now and then. The part that the model does not see stays as it was measured.

    Args:
        transport: as the parts call it.
        way: prefetch or on-demand.
    """
    now, busy = parts.wal_waited_s, parts.replay_busy_s
    count = parts.wal_got
    if not count:
        return NOTHING
    if way == "on-demand":
        each = _one_get(parts, transport)
        if each is None:
            return None
        extra = parts.wal_extra if parts.wal_way == "on-demand" else EXTRA_FILES
        waited = (count + extra) * (each + HAND_OVER_S)
        gain = now - waited
        return Prediction(gain, gain - 0.15 * waited, gain + 0.15 * waited)
    difference = 0.0
    if transport != parts.transport:
        found = _connection_cost(parts, parts.transport, transport)
        if found is None:
            return None
        difference = found
    if parts.wal_way == "prefetch":
        # As it was measured, with cheaper connections or with dearer ones. No more can be saved than was waited, and what
        # the files lay ready before the server asked is lost first.
        slack = max(0.0, parts.head_start_s - (parts.prefetch_first_s or 0.0)) if now < HAND_OVER_S * count else 0.0
        gains = [
            min(now, changed) if changed > 0 else min(0.0, changed + slack)
            for changed in (connections * difference for connections in CONNECTIONS_OF_A_FETCH)
        ]
        return Prediction(gains[1], min(gains), max(gains))
    first, following = parts.prefetch_first_s, parts.prefetch_next_s
    if first is None or (following is None and count > 1):
        return None
    first = max(first - CONNECTIONS_OF_A_FETCH[1] * difference, parts.one_get_s.get(transport, 0.0))
    fetch = first + (count - 1) * (following or 0.0)
    # Waiting is what fetching takes beyond its head start and what replay does meanwhile; on few cores each holds the
    # other up somewhat.
    best, worst = max(0.0, first - parts.head_start_s, fetch - parts.head_start_s - busy), fetch + busy
    expected = best + HELD_UP * (worst - best)
    return Prediction(now - expected, now - worst, now)  # nothing more can be gained than all the waiting


def _one_get(parts: PostgresParts, transport: str) -> float | None:
    """One file the tools' way, where some were fetched. What was measured in the run itself counts most; the probe then
    gives the ratio."""
    probed = parts.one_get_s.get(transport)
    if parts.wal_way != "on-demand":
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
