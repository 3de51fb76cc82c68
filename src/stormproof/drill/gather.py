"""Facts about one restored copy, gathered once it is back: where recovery arrived, what it used, what it is held against."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stormproof.adapters.check_runner_wal import arrived, last_record, segment_digests
from stormproof.core.check_context import Arrived, PostgresPlace, WalFacts
from stormproof.core.errors import Refused, RunFailed, Unverified
from stormproof.core.inventory import PostgresService
from stormproof.core.ports import Host
from stormproof.core.recovery_point import VaultHoldings
from stormproof.core.wal import SEGMENT_BYTES, FrozenList, Segment, parse_lsn, parse_segment_name, segment_name
from stormproof.core.wal_timeline import continuity

Outputs = Mapping[str, Mapping[str, Any]]  # step (without its book's prefix) -> what it returned


@dataclass(frozen=True, slots=True)
class RestoredPostgres:
    place: PostgresPlace
    wal: WalFacts


def outputs_under(outputs: Mapping[str, Mapping[str, Any]], prefix: str) -> dict[str, Mapping[str, Any]]:
    """Outputs of one included book's steps, by their own names; the book itself when it was not included."""
    if any(name.startswith(f"{prefix}.") for name in outputs):
        return {name[len(prefix) + 1 :]: value for name, value in outputs.items() if name.startswith(f"{prefix}.")}
    return {name: value for name, value in outputs.items() if "." not in name}


def postgres_place(entry: PostgresService, run_dir: str, outputs: Outputs) -> PostgresPlace:
    return PostgresPlace(
        bin_dir=str(outputs["prepare"]["pg_bin"]),
        socket_dir=f"{run_dir}/socket",
        port=entry.port,
        superuser=entry.superuser,
        database=entry.database,
        pgdata=f"{run_dir}/pgdata",
        application_role=entry.application_role,
    )


def frozen_list(host: Host, run_dir: str, holdings: VaultHoldings) -> FrozenList:
    """What the vault held, in the words of the WAL rules, with the texts of the timelines' histories that were staged."""
    segments, histories = [], {}
    for held in holdings.segments:
        if held.name.endswith(".history"):
            text = host.check(f"cat {shlex.quote(run_dir)}/wal/staged/{shlex.quote(held.name)} 2>/dev/null; true")
            if text:
                histories[int(held.name[:8], 16)] = text
            continue
        timeline, number = parse_segment_name(held.name)
        open_yet = held.length is not None and held.length < SEGMENT_BYTES
        # An open segment's digest is of what had come by then; the fetching job compared that. What recovery was given
        # is filled up with zeros, so its digest says nothing.
        sha1 = None if open_yet else held.sha1
        segments.append(Segment(timeline, number, held.source, sha1, held.length, open_yet))
    return FrozenList(segments=tuple(segments), histories=histories)


def wal_facts(host: Host, place: PostgresPlace, run_dir: str, holdings: VaultHoldings, outputs: Outputs) -> WalFacts:
    """Never raises for what it could not find out: the reached check then answers unknown, and says why."""
    point = outputs["choose_point"]
    start, timeline = parse_lsn(str(point["lsn_start"])), int(str(point["wal_start"])[:8], 16)
    stop = parse_lsn(str(point["lsn_stop"])) if point.get("lsn_stop") else None
    frozen = frozen_list(host, run_dir, holdings)
    came: Arrived | None = None
    newest_end = None
    used: dict[str, str] = {}
    refused: dict[str, str] = {}
    why = ""
    try:
        came = arrived(host, place, f"{run_dir}/log/postgresql.log")
        used = segment_digests(host, f"{run_dir}/wal/staged")
        fetched = host.check(f"cat {shlex.quote(run_dir)}/wal/fetched 2>/dev/null; true")
        for line in fetched.splitlines():
            words = line.split()
            if len(words) >= 2 and words[1] != "fetched":
                refused[words[0]] = words[1]
        chain = continuity(frozen, start_timeline=timeline, start_position=start)
        newest = chain.newest
        if newest is not None and newest.name() in used:
            before = segment_name(newest.timeline, newest.number - 1)
            newest_end = last_record(
                host,
                place.bin_dir,
                f"{run_dir}/wal/staged",
                newest.name(),
                before=before if before in used else None,
            )
    except (RunFailed, Unverified, Refused) as error:
        why = error.what
    return WalFacts(
        frozen=frozen, backup_start_lsn=start, backup_timeline=timeline, backup_stop_lsn=stop, newest_end=newest_end,
        arrived=came, used_sha1=used, refused=refused, why_unknown=why,
    )  # fmt: skip
