"""Recovery points, and what a recovery may use: only what the vault held when the failure happened."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from stormproof.core.errors import RunFailed

PointChoice = Literal["newest", "oldest", "random"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class RecoveryPoint(_Frozen):
    """What one backup can bring back.

    `instant` is the earliest moment that it can be brought to (a database backup: its end; a snapshot: its start).
    """

    label: str
    instant: datetime
    started: datetime
    kind: str
    bytes: int | None = None
    encrypted: bool | None = None
    wal_start: str | None = None
    wal_stop: str | None = None
    lsn_start: str | None = None
    lsn_stop: str | None = None
    version: str | None = None
    archive_id: str | None = None  # pgBackRest's folder of this cluster's WAL, such as 15-1
    system_id: str | None = None  # PostgreSQL's own number of this cluster
    error: bool = False


class HeldSegment(_Frozen):
    """One file of WAL that the vault held: `source` is the archive, or the stream's own folder (maybe still open).

    `sha1` is of the content, for an open segment of its first `length` bytes; None where the archive names none.
    `archive_id` and `system_id` tell whose it is: a stanza keeps the WAL of the cluster before an upgrade too, under the
    same names. None: not told.
    """

    name: str
    sha1: str | None
    source: Literal["archive", "stream"]
    length: int | None = None
    archive_id: str | None = None
    system_id: str | None = None


class VaultHoldings(_Frozen):
    """What the vault held at `frozen_at`: recovery may use nothing else, or a living source would flatter the drill."""

    frozen_at: datetime
    segments: tuple[HeldSegment, ...] = ()
    backups: tuple[str, ...] = ()
    snapshots: dict[str, tuple[str, ...]] = {}
    unreadable: tuple[str, ...] = ()

    def joined(self, other: VaultHoldings) -> VaultHoldings:
        """What two vaults held together, at the earlier of both instants."""
        return VaultHoldings(
            frozen_at=min(self.frozen_at, other.frozen_at),
            segments=self.segments + other.segments,
            backups=self.backups + other.backups,
            snapshots={**self.snapshots, **other.snapshots},
            unreadable=self.unreadable + other.unreadable,
        )

    def of_cluster(self, archive_id: str | None, system_id: str | None) -> VaultHoldings:
        """The same list without the WAL of other clusters; what does not tell whose it is stays. None leaves all."""
        return self.model_copy(
            update={
                "segments": tuple(
                    s for s in self.segments if _same(s.archive_id, archive_id) and _same(s.system_id, system_id)
                )
            }
        )

    def wal_from(self, first: str) -> tuple[HeldSegment, ...]:
        """The files that a replay starting in segment `first` may ask for: histories first, then segments in order.

        A gap ends the chain of nothing here: replay stops there by itself and the reached check says so.
        """
        histories = [s for s in self.segments if s.name.endswith(".history")]
        position = first[8:]
        segments = [s for s in self.segments if not s.name.endswith(".history") and s.name[8:] >= position]
        chosen = {s.name: s for s in sorted(segments, key=lambda s: s.source, reverse=True)}  # the archive's copy wins
        return (
            *sorted(histories, key=lambda s: s.name),
            *sorted(chosen.values(), key=lambda s: (s.name[8:], s.name)),
        )


def _same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def choose_recovery_point(
    points: Iterable[RecoveryPoint],
    *,
    held: Sequence[str] | None,
    not_after: datetime,
    choice: PointChoice = "newest",
    seed: int = 0,
    service: str = "",
) -> RecoveryPoint:
    """Pick the point to restore: complete, held by the vault at the failure, taken at or before `not_after`.

    Args:
        points: any order, complete or not.
        held: labels on the frozen list; None when nothing was frozen (an outage: the vault as it is).
        not_after: the failure or the target instant, UTC; inclusive.
        choice: `oldest` and `random` prove that old points come back too; `random` draws with `seed`.

    Raises:
        RunFailed: no point qualifies; the message says why the nearest ones do not.
    """
    assert not_after.tzinfo is not None, "naive datetime reached the core"
    everything = sorted(points, key=lambda p: (p.instant, p.label))
    usable = [p for p in everything if not p.error and p.instant <= not_after and (held is None or p.label in held)]
    if not usable:
        late = [p for p in everything if p.instant > not_after]
        why = "the vault holds no backup at all"
        if late:
            why = f"the oldest of {len(late)} was taken at {late[0].instant.isoformat()}, after it"
        elif everything:
            why = f"{len(everything)} are there, and each is marked as broken or came after the list was frozen"
        raise RunFailed(
            f"no recovery point of {service or 'the service'} at or before {not_after.isoformat()}: {why}",
            where="the vault's list of backups",
            fix="choose a later target instant, or find out why no backup was taken in time",
            code="SP201",
        )
    if choice == "oldest":
        return usable[0]
    if choice == "random":
        return random.Random(seed).choice(usable)  # noqa: S311 - a draw to be repeated from its seed, not a secret
    return usable[-1]


def reach_back(points: Iterable[RecoveryPoint], *, at: datetime) -> timedelta | None:
    """How far back recovery is possible: from `at` to the oldest complete point; None when there is none."""
    instants = [p.instant for p in points if not p.error and p.instant <= at]
    return at - min(instants) if instants else None
