"""Did recovery arrive where the vault's WAL ends? A promotion at a gap or at a damaged segment looks healthy otherwise.

PostgreSQL takes a missing or unreadable segment for the end of the archive: it promotes there, with status 0 (seen with
15; docs/measurement.md). So the end is computed from the frozen list and compared with where recovery says it stopped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stormproof.core.check_context import Arrived, WalFacts
from stormproof.core.checks import Decided, decide, unknown
from stormproof.core.finding import Finding, Severity
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import Segment, format_lsn, segment_name
from stormproof.core.wal_records import segment_end
from stormproof.core.wal_timeline import Continuity, NotOneLog, continuity

NOT_ONE_LOG_FIX = "find out who wrote that file into the archive, and take it away; is this the right stanza?"
WHERE_ARCHIVE = "the vault's WAL at the failure"

# Statuses of pgBackRest that speak of the file itself (1: not there; checksum, file-invalid, format, archive-mismatch,
# archive-duplicate, file-missing, crypto, json-format). Any other says that it could not be looked at.
SPEAKS_OF_THE_FILE = frozenset({"damaged", *(f"status-{n}" for n in (1, 26, 28, 29, 44, 45, 55, 95, 99))})


def wal_continuity(facts: WalFacts | None) -> Decided:
    """Every segment from the backup's start to the end of the list is there, once, and is what its name says.

    A gap fails it wherever it lies, also behind a target instant: nothing newer than the gap can be recovered any more.
    """
    if facts is None:
        return _unknown("nothing is known of the vault's WAL", "the list was not taken; look at the run's journal")
    try:
        walked = _walk(facts)
    except NotOneLog as error:
        return decide([_finding("SP481", str(error), NOT_ONE_LOG_FIX)])
    except ValueError as error:
        return decide([_finding("SP485", str(error), "restore a backup of the newest timeline, or take one now")])
    details = {
        "segments": len(walked.needed),
        "missing": len(walked.missing),
        "verified": sum(1 for name in walked.needed if name in facts.used_sha1),
        "timeline": walked.path.newest,
    }
    decided = decide([*_gaps(walked, facts), *_conflicts(facts), *_digests(walked, facts), *_unread(facts)], details)
    if facts.why_unknown and decided.result is CheckResult.PASSED:
        return _unknown(facts.why_unknown, "read the message; then run the drill again", details)
    if decided.result is CheckResult.PASSED and (unseen := _unseen(walked, facts)):
        name = unseen[0]
        what = f"WAL segment {name} is listed, and could not be looked at ({facts.refused[name]}): the way to it broke"
        return _unknown(
            what, "is the vault up, and does it let the recovery host in? then run the drill again", details
        )
    return decided


def reached(facts: WalFacts | None, target: datetime | None = None) -> Decided:
    """Where recovery arrived against where it had to: the end of the list, or the target instant.

    Args:
        target: for a point in time. Then PostgreSQL must say that the target stopped it, at a transaction behind the
            target; the position in the log is not compared.
    """
    if facts is None or facts.arrived is None:
        why = facts.why_unknown if facts is not None and facts.why_unknown else "nothing says where recovery arrived"
        return _unknown(why, "look at the server's log and at the newest .history file in its pg_wal")
    arrived = facts.arrived
    details: dict[str, Any] = {
        "reached_lsn": format_lsn(arrived.lsn) if arrived.lsn is not None else None,
        "reached": arrived.log.last_completed.isoformat() if arrived.log.last_completed else None,
        "timeline": arrived.timeline,
    }
    if arrived.log.ended_before_target:
        what = "recovery ended before its target instant was reached"
        return decide([_finding("SP424", what, "choose an earlier target, or find the missing WAL")], details)
    if target is not None:
        return decide(_missed_target(arrived, target), details)
    if arrived.lsn is None:
        what = "the server has no history file that says where it left the old timeline"
        return _unknown(what, "did it leave recovery?", details)
    try:
        walked = _walk(facts)
    except NotOneLog as error:
        return decide([_finding("SP481", str(error), NOT_ONE_LOG_FIX)], details)
    except ValueError as error:
        return decide([_finding("SP485", str(error), "take a backup of the newest timeline")], details)
    if walked.newest is None:
        return _unknown("the list holds no WAL at or behind the backup's start", "is this the right stanza?", details)
    return _reached_end(facts, walked, walked.newest, arrived.lsn, details)


def _missed_target(arrived: Arrived, target: datetime) -> list[Finding]:
    log = arrived.log
    wanted = target.isoformat()
    if log.stopped is None:
        what = (
            f"nothing in the log says that the target {wanted} stopped recovery: it may have ended at a gap before it"
        )
        return [_finding("SP424", what, "look for missing WAL before the target")]
    if log.stopped_at is not None and log.stopped == "before" and log.stopped_at < target:
        what = (
            f"recovery stopped before a transaction of {log.stopped_at.isoformat()}, earlier than the target {wanted}"
        )
        return [_finding("SP424", what, "compare recovery_target_time with the drill's target")]
    if log.last_completed is not None and log.last_completed > target:
        what = f"recovery went on to {log.last_completed.isoformat()}, past the target {wanted}"
        return [_finding("SP424", what, "compare recovery_target_time with the drill's target")]
    return []


def _reached_end(facts: WalFacts, walked: Continuity, newest: Segment, lsn: int, details: dict[str, Any]) -> Decided:
    size = facts.frozen.segment_bytes
    begin = newest.number * size
    expected = facts.newest_end.end if facts.newest_end else None
    # An open segment may hold no whole record yet, so the end may lie before it. Before a whole one it never does: then
    # the reader itself stopped at damage.
    if expected is not None and expected < begin and not newest.partial:
        expected = None
    details["expected_lsn"] = format_lsn(expected) if expected is not None else f"behind {format_lsn(begin)}"
    timeline = details["timeline"]
    least = expected if expected is not None else begin
    if lsn < least:
        short = least - lsn
        stopped_in = segment_name(timeline or walked.path.newest, lsn // size, size)
        what = (
            f"recovery stopped at {format_lsn(lsn)} (segment {stopped_in}), {'' if expected is not None else 'at least '}"
            f"{short:,} bytes before the end of the vault's WAL ({details['expected_lsn']})"
        )
        fix = "the data ends early although the server looks healthy: find the missing or damaged segment there"
        return decide([_finding("SP421", what, fix)], details)
    if unread := _unread(facts):
        return decide(unread, details)
    if expected is None:
        what = f"the newest segment {newest.name(size)} could not be read, so its last record is unknown"
        return _unknown(what, "run pg_waldump on it", details)
    # A record that flows into a segment that never came: older minor versions go to the border that it crosses.
    crossing = not newest.partial and lsn == segment_end(expected, size)
    if lsn > expected and not crossing:
        what = (
            f"recovery went on to {format_lsn(lsn)}, {lsn - expected:,} bytes behind the end of what the vault held at the "
            f"failure ({format_lsn(expected)}): the RPO is flattered"
        )
        return decide([_finding("SP422", what, "the restore command must refuse what is not on the list")], details)
    if timeline is not None and timeline not in (newest.timeline, walked.path.newest):
        what = f"recovery left timeline {timeline}, the vault's newest is {walked.path.newest}"
        return decide([_finding("SP423", what, "recover with recovery_target_timeline = latest")], details)
    return decide([], details)


def _walk(facts: WalFacts) -> Continuity:
    return continuity(facts.frozen, start_timeline=facts.backup_timeline, start_position=facts.backup_start_lsn)


def _gaps(walked: Continuity, facts: WalFacts) -> list[Finding]:
    findings: list[Finding] = []
    size = facts.frozen.segment_bytes
    if walked.missing:
        first = walked.missing[0]
        what = f"{len(walked.missing)} of {len(walked.needed)} WAL segments are missing, the first is {first}; {walked.beyond} behind it cannot be reached"
        findings.append(
            _finding(
                "SP481",
                what,
                "find out why archiving skipped it; take a new backup now, until then nothing behind it can be recovered",
            )
        )
        return findings
    stop, newest = facts.backup_stop_lsn, walked.newest
    if stop is not None and newest is not None and (newest.number + 1) * size < stop:
        what = f"the list ends before the backup's own end {format_lsn(stop)}: it cannot become consistent"
        findings.append(_finding("SP484", what, "restore an older backup; take a new one"))
    return findings


def _conflicts(facts: WalFacts) -> list[Finding]:
    return [
        _finding(
            "SP483",
            f"the vault holds {name} twice with different contents",
            "two servers write into one archive: stop one of them",
        )
        for name in facts.frozen.conflicting()[:5]
    ]


def _digests(walked: Continuity, facts: WalFacts) -> list[Finding]:
    allowed = facts.frozen.allowed()
    findings: list[Finding] = []
    for name in walked.needed:
        refused = facts.refused.get(name)
        known = allowed[name].sha1 if name in allowed else None
        used = facts.used_sha1.get(name)
        if refused == "damaged" or (used is not None and known is not None and used != known):
            findings.append(
                _finding(
                    "SP482",
                    f"WAL segment {name} is damaged: its SHA-1 is not the one in its name",
                    "look for a second copy; take a new backup now",
                )
            )
        elif refused in SPEAKS_OF_THE_FILE and name not in facts.used_sha1:
            findings.append(
                _finding(
                    "SP482",
                    f"WAL segment {name} is listed, but could not be had from the vault ({refused})",
                    "run `pgbackrest verify` on the vault; it may be damaged",
                )
            )
    return findings


def _unseen(walked: Continuity, facts: WalFacts) -> list[str]:
    """Needed segments that were listed and never came over, for a reason that says nothing of the file."""
    return [
        name
        for name in walked.needed
        if name not in facts.used_sha1 and facts.refused.get(name, "damaged") not in SPEAKS_OF_THE_FILE
    ]


def _unread(facts: WalFacts) -> list[Finding]:
    """Damage in WAL that no digest vouches for: replay ends there, and looks as if the log did."""
    if facts.newest_end is None or not facts.damaged_behind_end:
        return []
    size = facts.frozen.segment_bytes
    timeline = facts.arrived.timeline if facts.arrived and facts.arrived.timeline else facts.backup_timeline
    place, name = facts.newest_end.end, segment_name(timeline, facts.newest_end.end // size, size)
    what = f"WAL segment {name} is damaged at {format_lsn(place)}: the vault holds more behind it, which replay cannot reach"
    return [_finding("SP482", what, "look for a second copy; take a new backup now")]


def _finding(code: str, what: str, fix: str) -> Finding:
    return Finding(code=code, severity=Severity.CRITICAL, what=what, where=WHERE_ARCHIVE, fix=fix)


def _unknown(what: str, fix: str, details: dict[str, Any] | None = None) -> Decided:
    return unknown(what, where=WHERE_ARCHIVE, fix=fix, facts=details)
