"""Facts about the write-ahead log, looked up on the recovery host: where the vault's WAL ends, where recovery arrived."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Mapping

from stormproof.core.check_context import Arrived, PostgresPlace, WalFacts
from stormproof.core.errors import Unverified
from stormproof.core.ports import Host
from stormproof.core.recovery_log import parse_recovery_log
from stormproof.core.recovery_point import VaultHoldings
from stormproof.core.wal import (
    SEGMENT_BYTES,
    SEGMENT_SIZES,
    FrozenList,
    Segment,
    parse_lsn,
    parse_segment_name,
    segment_name,
)
from stormproof.core.wal_records import FOLLOWING_BYTES, WalEnd, is_damaged_behind, parse_waldump
from stormproof.core.wal_timeline import continuity, parse_history

LOG_TAIL_BYTES = 4 * 1024 * 1024

# The output of a busy segment is 30 MB of text; only its last line counts.
_WALDUMP = r"""
cd "$FOLDER" || exit 66
said=$(mktemp) || exit 73
trap 'rm -f "$said"' EXIT
LC_ALL=C "$WALDUMP" -p . "$@" 2>"$said" | tail -n 1
printf 'STORMPROOF-SAID\n'
head -n 5 "$said"
"""

_DIGESTS = r"""
cd "$FOLDER" 2>/dev/null || exit 0
for name in *; do
  case $name in
    ????????????????????????) printf '%s\n' "$name" ;;
  esac
done | xargs -r -n 4 -P "$(nproc)" sha1sum
"""

_FACTS = r"""
printf 'segment-bytes '; LC_ALL=C "$BIN_DIR/pg_controldata" -D "$PGDATA" 2>/dev/null | sed -n 's/^Bytes per WAL segment: *//p' | tail -n 1 | grep . || echo
for file in "$RUN_DIR"/wal/staged/*.history; do
  [ -e "$file" ] || continue
  printf 'history %s ' "${file##*/}"; base64 -w0 "$file"; echo
done
[ -r "$RUN_DIR/wal/fetched" ] && sed 's/^/fetched /' "$RUN_DIR/wal/fetched"
exit 0
"""

_ARRIVED = r"""
newest=$(ls "$PGDATA"/pg_wal/*.history 2>/dev/null | sort | tail -n 1)
if [ -n "$newest" ]; then printf 'history %s ' "${newest##*/}"; base64 -w0 "$newest"; echo; fi
[ -r "$LOG" ] || exit 0
printf 'log '; tail -c "$TAIL" "$LOG" | grep -aE 'recovery|redo|restored log file|last completed|selected new timeline|starting' | tail -c 60000 | base64 -w0; echo
"""


def last_record(
    host: Host,
    bin_dir: str,
    folder: str,
    segment: str,
    *,
    before: str | None = None,
    segment_bytes: int = SEGMENT_BYTES,
) -> WalEnd | None:
    """Where the last complete record up to the end of `segment` ends; None when no record starts there.

    Args:
        folder: holds plain segments by their names.
        before: the segment right before it, when it is there too: a record may begin in it and end in `segment`.

    Raises Unverified when pg_waldump cannot be run, or says what cannot be.
    """
    arguments = " ".join(shlex.quote(name) for name in ([before, segment] if before else [segment, segment]))
    done = host.run(
        f"set -- {arguments}\n{_WALDUMP}",
        env={"FOLDER": folder, "WALDUMP": f"{bin_dir}/pg_waldump"},
        timeout_seconds=120,
    )
    output, _, said = done.stdout.partition("STORMPROOF-SAID\n")
    if done.status != 0 or "No such file" in said or "command not found" in said:
        raise Unverified(
            f"pg_waldump could not read segment {segment}",
            where=f"{host.name}:{folder}",
            fix="install the server package of PostgreSQL on the recovery host",
            code="SP490",
        )
    try:
        return parse_waldump(output, said, segment_bytes)
    except ValueError as error:
        raise Unverified(
            f"what pg_waldump says of segment {segment} cannot be: {error}",
            where=f"{host.name}:{folder}",
            fix="ask again; if it stays so, report it with the PostgreSQL version",
            code="SP490",
        ) from error


def segment_digests(host: Host, folder: str, *, timeout_seconds: float = 300) -> dict[str, str]:
    """SHA-1 of each plain segment in a folder, by name; empty when there is no such folder."""
    lines = host.check(_DIGESTS, env={"FOLDER": folder}, timeout_seconds=timeout_seconds).splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def arrived(host: Host, place: PostgresPlace, log_path: str) -> Arrived:
    """Where recovery stopped: the newest history file that the server wrote, and its log."""
    env = {"PGDATA": place.pgdata, "LOG": log_path, "TAIL": str(LOG_TAIL_BYTES)}
    answers = _tagged(host.check(_ARRIVED, env=env, timeout_seconds=30))
    log = parse_recovery_log(_plain(answers["log"][0]) if "log" in answers else "")
    if "history" not in answers:
        return Arrived(None, None, None, log)
    name, _, text = answers["history"][0].partition(" ")
    switches = parse_history(_plain(text))
    new = int(name.split(".")[0], 16)
    if log.new_timeline is not None and log.new_timeline != new:
        return Arrived(None, None, new, log)  # an old history file: this recovery wrote none
    return Arrived(switches[-1].position, switches[-1].timeline, new, log)


def gather(
    host: Host,
    place: PostgresPlace,
    *,
    run_dir: str,
    holdings: VaultHoldings,
    lsn_start: str | None,
    wal_start: str,
    lsn_stop: str | None = None,
) -> WalFacts:
    """Everything that wal_continuity and reached ask for, from the folder of a run as restore_postgres leaves it.

    `lsn_start`, `wal_start` and `lsn_stop` are the recovery point's. What cannot be looked at stands in `why_unknown`;
    raises what Host raises, and Unverified when the restored cluster does not say how large its segments are.
    """
    staged = f"{run_dir}/wal/staged"
    env = {"RUN_DIR": run_dir, "BIN_DIR": place.bin_dir, "PGDATA": place.pgdata}
    answers = _tagged(host.check(_FACTS, env=env, timeout_seconds=60))
    segment_bytes = _segment_bytes(answers, where=f"{host.name}:{place.pgdata}")
    timeline, number = parse_segment_name(wal_start, segment_bytes)
    histories: dict[int, str] = {}
    for line in answers.get("history", []):
        name, _, text = line.partition(" ")
        histories[int(name.split(".")[0], 16)] = _plain(text)
    results = dict([*line.split(), ""][:2] for line in answers.get("fetched", []))
    frozen = FrozenList.of(holdings, histories, segment_bytes)
    start = parse_lsn(lsn_start) if lsn_start else number * segment_bytes
    unknown: list[str] = []
    if holdings.unreadable:
        unknown.append(f"the vault's list could not be read whole: {', '.join(holdings.unreadable[:3])}")
    listed = {s.name for s in holdings.segments if s.name.endswith(".history")}
    if lost := sorted(name for name in listed if int(name.split(".")[0], 16) not in histories):
        unknown.append(f"the history file {lost[0]} was listed and not fetched")
    used = _used(host, staged, frozen, segment_bytes)
    end: WalEnd | None = None
    damaged = False
    try:
        walked = continuity(frozen, start_timeline=timeline, start_position=start)
        newest = walked.newest.name(segment_bytes) if walked.newest else None
        before = (
            walked.needed[-2] if len(walked.needed) > 1 and walked.needed[-2][:8] == walked.needed[-1][:8] else None
        )
        if newest in used:
            end = last_record(
                host,
                place.bin_dir,
                staged,
                newest,
                before=before if before in used else None,
                segment_bytes=segment_bytes,
            )
            if end is not None and walked.newest is not None:
                damaged = _damaged_behind(host, staged, walked.newest, end, used, segment_bytes)
    except (ValueError, Unverified) as error:
        if isinstance(error, Unverified):
            unknown.append(error.what)
    return WalFacts(
        frozen=frozen,
        backup_start_lsn=start,
        backup_timeline=timeline,
        backup_stop_lsn=parse_lsn(lsn_stop) if lsn_stop else None,
        newest_end=end,
        damaged_behind_end=damaged,
        arrived=arrived(host, place, f"{run_dir}/log/postgresql.log"),
        used_sha1=used,
        refused={name: result for name, result in results.items() if result != "fetched"},
        why_unknown="; ".join(unknown),
    )


def _segment_bytes(answers: Mapping[str, list[str]], *, where: str) -> int:
    said = answers.get("segment-bytes", [""])[0].strip()
    if not said.isdigit() or int(said) not in SEGMENT_SIZES:
        raise Unverified(
            "the restored cluster does not say how large its WAL segments are",
            where=where,
            fix="run pg_controldata on it: is global/pg_control there and whole?",
            code="SP490",
        )
    return int(said)


def _damaged_behind(
    host: Host, staged: str, newest: Segment, end: WalEnd, used: Mapping[str, str], segment_bytes: int
) -> bool:
    """Whether a stream's newest segment holds more than could be read of it. An archive's is vouched for by its digest."""
    held_until = newest.number * segment_bytes + (segment_bytes if newest.length is None else newest.length)
    number, offset = divmod(end.end, segment_bytes)
    name = segment_name(newest.timeline, number, segment_bytes)
    if newest.source != "stream" or held_until <= end.end or name not in used:
        return False
    text = host.check(
        f"tail -c +{offset + 1} {shlex.quote(f'{staged}/{name}')} | head -c {FOLLOWING_BYTES} | base64 -w0",
        timeout_seconds=60,
    )
    return is_damaged_behind(end, base64.b64decode(text), held_until, segment_bytes)


def _used(host: Host, staged: str, frozen: FrozenList, segment_bytes: int) -> dict[str, str]:
    """Digests of what recovery was given. An open segment was filled up with zeros: its digest is that of its length."""
    digests = segment_digests(host, staged)
    for name, segment in frozen.allowed().items():
        if name in digests and segment.length is not None and segment.length < segment_bytes:
            text = host.check(
                f"head -c {int(segment.length)} {shlex.quote(f'{staged}/{name}')} | sha1sum", timeout_seconds=60
            )
            digests[name] = text.split()[0]
    return digests


def _tagged(text: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        tag, _, rest = line.partition(" ")
        found.setdefault(tag, []).append(rest)
    return found


def _plain(encoded: str) -> str:
    return base64.b64decode(encoded.strip()).decode(errors="replace")
