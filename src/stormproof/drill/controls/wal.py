"""Controls of the WAL: the backup is replayed a second time, with one segment lost or damaged on the way.

PostgreSQL promotes there and looks healthy. The restored base is made again from the snapshot of the judged data directory, by
pgBackRest's own comparison (`--delta`): only what replay changed is read from the vault.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stormproof.adapters import pgbackrest
from stormproof.adapters.check_runner_wal import gather
from stormproof.adapters.private_repository import private_repository
from stormproof.adapters.resource import resource
from stormproof.adapters.restored_postgres import start, wait_ready
from stormproof.core.errors import RunFailed, Unverified
from stormproof.core.negative_control import Answers, Seed, Watch
from stormproof.core.recovery_point import HeldSegment, VaultHoldings
from stormproof.drill.controls.restored_from import entry_of, passphrase_of, point_of

if TYPE_CHECKING:
    from stormproof.adapters.restored_postgres import RestoredServer
    from stormproof.drill.controls.bench import Bench

BASE_BOUND_SECONDS = 3600.0
REPLAY_BOUND_SECONDS = 1800.0


def prove_lost_segment(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """The list never held it: the server is refused it, and whatever lies behind it is there in vain."""
    name = seed.named_by[0]
    holdings = _own_holdings(bench)
    without = tuple(held for held in holdings.segments if held.name != name)
    return _replayed(bench, watch, name, "lost", holdings.model_copy(update={"segments": without}))


def prove_damaged_segment(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """The runbook's own fetching meets it in a private archive that holds this one segment, with a flipped bit."""
    name = seed.named_by[0]
    holdings = _own_holdings(bench)
    held = next(s for s in holdings.segments if s.name == name and s.source == "archive")
    return _replayed(bench, watch, name, "damaged", holdings, held)


def _replayed(
    bench: Bench, watch: Watch, name: str, how: str, holdings: VaultHoldings, damaged: HeldSegment | None = None
) -> Answers:
    point = point_of(bench)
    server = _base(bench)
    env = {"RUN_DIR": bench.run_dir, "OWN": bench.lane, "NAME": name, "HOW": how}
    try:
        bench.host.check(resource("replay_again.sh"), env=env, timeout_seconds=60)
        if damaged is None:
            bench.seeded()
        else:
            _fetch_damaged(bench, damaged)
        arrived = _replay(bench, server)
        facts = gather(
            bench.host, bench.place, run_dir=bench.lane, holdings=holdings, lsn_start=point.get("lsn_start"),
            wal_start=str(point["wal_start"]), lsn_stop=point.get("lsn_stop"),
        )  # fmt: skip
        if not arrived:
            facts = replace(facts, arrived=None)  # a history file that it was given says nothing of where it came to
        return Answers(bench.ask(watch, bench.own_context(wal=facts)))
    finally:
        bench.stop(server)
        bench.host.run('rm -rf "$OWN/wal"', env={"OWN": bench.lane}, timeout_seconds=60)


def _base(bench: Bench) -> RestoredServer:
    """The lane's data directory as the backup holds it, before any replay."""
    entry = entry_of(bench)
    server = bench.server()
    script = pgbackrest.restore_script(
        stanza=entry.stanza, label=str(point_of(bench)["label"]), run_dir=bench.lane,
        processes=entry.restore_processes or 2, delta=True,
    )  # fmt: skip
    done = bench.host.run(script, env=passphrase_of(bench), timeout_seconds=BASE_BOUND_SECONDS)
    if done.status != 0:
        raise pgbackrest.failure(done.status, done.stderr or done.stdout, where=f"{bench.host.name}: {entry.stanza}")
    return server


def _fetch_damaged(bench: Bench, held: HeldSegment) -> None:
    entry = entry_of(bench)
    archive_id = held.archive_id or point_of(bench).get("archive_id")
    if archive_id is None:
        raise Unverified(
            f"nothing says in which archive of the stanza segment {held.name} lies",
            where=f"{bench.host.name}: {entry.stanza}",
            fix="is pgBackRest older than those this was tried with?",
            code="SP538",
        )
    folder = f"archive/{entry.stanza}/{archive_id}/{held.name[:16]}"
    paths = [f"archive/{entry.stanza}/archive.info", f"{folder}/{held.name}*"]
    copy = private_repository(
        bench.host, folder=f"{bench.folder}/private", stanza=entry.stanza, paths=paths,
        env=passphrase_of(bench),
    )  # fmt: skip
    copy.flip_bit(next(path for path in copy.paths if path.startswith(folder)))
    bench.seeded()
    env = {
        **copy.env, "RUN_DIR": bench.lane, "STANZA": entry.stanza, "FILES_ALIAS": "", "STREAM_DIR": "",
        "WAY": "prefetch", "CONNECTIONS": "2", "REPOSITORY_OPTIONS": "",
        "AGAIN_STATUSES": "",
    }  # fmt: skip
    bench.host.run(resource("wal_fetch.sh"), env=env, timeout_seconds=BASE_BOUND_SECONDS)


def _replay(bench: Bench, server: RestoredServer) -> bool:
    """Whether it accepted writes in the end. Without WAL of the backup itself it never does."""
    try:
        start(bench.host, server, confined=True)
        wait_ready(bench.host, server, timeout_seconds=REPLAY_BOUND_SECONDS)
    except RunFailed:
        return False
    return True


def _own_holdings(bench: Bench) -> VaultHoldings:
    point = point_of(bench)
    return bench.judged.before.holdings.of_cluster(point.get("archive_id"), point.get("system_id"))
