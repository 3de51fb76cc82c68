"""Faults of the repository and of the WAL: which object is harmed, and how a finding must name it. Pure.

What is harmed lies in a private copy of the few files that it takes, on the recovery host; the vault is only read.
"""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.core.check_context import WalFacts
from stormproof.core.negative_control import Facts, NotApplicable, Seed, Watch, Watcher, WouldSee
from stormproof.core.wal import parse_segment_name, segment_of
from stormproof.core.wal_timeline import continuity

NO_DATABASE = NotApplicable("the drill restores no database")
ALWAYS = WouldSee("restore", "nothing to add: every drill with PostgreSQL asks it")

# What the restore itself says: a damaged file, a wrong passphrase (tool_meaning_rows).
DAMAGED_CODES = frozenset({"SP286"})
PASSPHRASE_CODES = frozenset({"SP283"})


@dataclass(frozen=True, slots=True)
class ChosenSegment:
    """`name` is what is harmed. `before`: the segment that replay passes last before it, None for the chain's first."""

    name: str
    before: str | None


def choose_segment(wal: WalFacts) -> ChosenSegment | None:
    """The first archived segment behind the backup's own, so that little is replayed; else the backup's first.

    Never the newest: a list that ends earlier is a loss, and no gap. None when the archive holds no segment of the chain.
    """
    size = wal.frozen.segment_bytes
    try:
        walked = continuity(wal.frozen, start_timeline=wal.backup_timeline, start_position=wal.backup_start_lsn)
    except ValueError:
        return None
    in_archive = {s.name(size) for s in wal.frozen.segments if s.source == "archive" and not s.partial}
    archived = [name for name in walked.needed if name in in_archive]
    stop = segment_of(max((wal.backup_stop_lsn or wal.backup_start_lsn) - 1, 0), size)
    behind = [n for n in archived if parse_segment_name(n, size)[1] > stop and n != walked.needed[-1]]
    if not archived:
        return None
    name = behind[0] if behind else archived[0]
    place = walked.needed.index(name)
    return ChosenSegment(name, walked.needed[place - 1] if place else None)


def lost_segment(facts: Facts) -> Seed | NotApplicable:
    chosen = _chosen(facts)
    if isinstance(chosen, NotApplicable):
        return chosen
    return Seed(
        what=f"WAL segment {chosen.name} was missing in the vault when its list was taken",
        object=f"WAL segment {chosen.name}",
        named_by=(chosen.name,),
        codes=frozenset({"SP481"}),
    )


def damaged_segment(facts: Facts) -> Seed | NotApplicable:
    chosen = _chosen(facts)
    if isinstance(chosen, NotApplicable):
        return chosen
    return Seed(
        what=f"one bit of WAL segment {chosen.name} was flipped in a private copy of the archive",
        object=f"WAL segment {chosen.name}",
        named_by=(chosen.name,),
        codes=frozenset({"SP482"}),
    )


def watch_segment(facts: Facts, seed: Seed) -> Watch:
    """`reached` names the segment that recovery stopped in: the harmed one, or the one before it."""
    chosen = _chosen(facts)
    before = (chosen.before,) if not isinstance(chosen, NotApplicable) and chosen.before else ()
    stopped = Watcher("reached", "reached", sure=False, named_by=before, codes=frozenset({"SP421"}))
    return Watch((Watcher("wal_continuity", "wal_continuity"), stopped), ALWAYS)


def flipped_repository_bit(facts: Facts) -> Seed | NotApplicable:
    if not facts.backup:
        return NO_DATABASE
    return Seed(
        what=f"one bit of the file that a restore of {facts.backup} takes first was flipped in a private copy of the repository",
        object=f"a file of backup {facts.backup}",
        named_by=(),  # which one it is, the manifest says on the host
        codes=DAMAGED_CODES,
    )


def flipped_manifest_bit(facts: Facts) -> Seed | NotApplicable:
    if not facts.backup:
        return NO_DATABASE
    return Seed(
        what=f"one bit of backup.manifest of {facts.backup} was flipped in a private copy of the repository",
        object=f"{facts.backup}/backup.manifest",
        named_by=(f"{facts.backup}/backup.manifest",),
        codes=frozenset({"SP530", "SP531"}),
    )


def wrong_passphrase(facts: Facts) -> Seed | NotApplicable:
    if not facts.backup:
        return NO_DATABASE
    return Seed(
        what="the repository was asked for with a passphrase that is not its own",
        object="the passphrase of the repository",
        named_by=("passphrase",),
        codes=PASSPHRASE_CODES,
    )


def watch_restore(facts: Facts, seed: Seed) -> Watch:
    """The restore itself must refuse."""
    return Watch((Watcher("restore", "restore"),), ALWAYS)


def watch_backup_whole(facts: Facts, seed: Seed) -> Watch:
    return Watch((Watcher("backup_whole", "backup_whole"),), ALWAYS)


def _chosen(facts: Facts) -> ChosenSegment | NotApplicable:
    if not facts.backup or facts.wal is None:
        return NO_DATABASE
    return choose_segment(facts.wal) or NotApplicable(
        "the vault's archive holds no WAL segment behind the backup's start"
    )
