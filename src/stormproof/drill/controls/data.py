"""Controls of the database: the fault is seeded into a snapshot on a server of its own, and the drill's checks are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stormproof.adapters.capture import list_databases
from stormproof.core import negative_control_rows as rows
from stormproof.core import negative_control_schema as schema
from stormproof.core.check_spec import IntegrityCheck
from stormproof.core.negative_control import Answers, Seed, Watch
from stormproof.drill.controls.control import Control

if TYPE_CHECKING:
    from stormproof.drill.controls.bench import Bench

SCRIPT_BOUND_SECONDS = 120.0


def prove(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """Seed on a fresh snapshot, ask, and stop its server whatever came of it."""
    return _prove(bench, seed, watch)


def prove_stale(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """As the others; but what was said of the judged copy's heartbeat, that all of it came back, is not so of this one."""
    return _prove(bench, seed, watch, heartbeat_quiet=False)


def _prove(bench: Bench, seed: Seed, watch: Watch, **changed: Any) -> Answers:
    server = bench.server()
    try:
        if seed.script:
            env = {"PGDATA": f"{bench.lane}/pgdata", "FOLDER": bench.folder}
            bench.host.check(seed.script, env=env, timeout_seconds=SCRIPT_BOUND_SECONDS)
        if _wants_server(seed, watch):
            bench.start(server)
            if seed.sql_each:
                for database in list_databases(bench.host, bench.place):
                    bench.sql(seed.sql_each, database=database)
            if seed.sql:
                bench.sql(seed.sql)
        bench.seeded()
        return Answers(bench.ask(watch, bench.own_context(**changed)))
    finally:
        bench.stop(server)


def _wants_server(seed: Seed, watch: Watch) -> bool:
    """Pages are looked at while the server is stopped: a start would only write into them."""
    stopped = all(
        isinstance(check, IntegrityCheck) and not (check.amcheck or check.foreign_keys or check.sequences)
        for check in watch.checks
    )
    return bool(seed.sql or seed.sql_each) or not stopped


DATABASE_CONTROLS: tuple[Control, ...] = (
    Control("truncated-table", "a table lost all its rows", rows.truncated_table, rows.watch_truncated_table, prove),
    Control("deleted-rows", "a quarter of a table's rows is gone", rows.deleted_rows, rows.watch_deleted_rows, prove),
    Control("stale-copy", "an older state is passed off as the newest", rows.stale_copy, rows.watch_stale_copy, prove_stale),
    Control("reset-sequence", "a sequence starts anew", rows.reset_sequence, rows.watch_reset_sequence, prove),
    Control("missing-constraint", "a constraint is missing", schema.missing_constraint, schema.watch_missing_constraint, prove),
    Control("disabled-constraint", "a constraint is not enforced", schema.disabled_constraint, schema.watch_disabled_constraint, prove),
    Control("lying-index", "an index does not know of a row", rows.lying_index, rows.watch_lying_index, prove),
    Control("flipped-heap-bit", "one bit of a table's page is flipped", rows.flipped_heap_bit, rows.watch_flipped_heap_bit, prove),
    Control("missing-extension", "an extension is missing", schema.missing_extension, schema.watch_missing_extension, prove),
    Control("unpopulated-view", "a materialised view holds no data", schema.unpopulated_view, schema.watch_unpopulated_view, prove),
    Control("dropped-role", "a role is missing", schema.dropped_role, schema.watch_dropped_role, prove),
    Control("lost-grant", "a role's rights on a table are gone", schema.lost_grant, schema.watch_lost_grant, prove),
    Control("changed-collation", "a collation's version changed", schema.changed_collation, schema.watch_changed_collation, prove),
    Control("weaker-setting", "a setting is weaker than the source's", schema.weaker_setting, schema.watch_weaker_setting, prove),
)  # fmt: skip
