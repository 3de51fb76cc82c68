"""What the faults are chosen from: asked of the judged copy while its server still runs. Names and counts, never a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormproof.adapters.capture import capture_shape
from stormproof.adapters.check_runner_integrity import ask_integrity
from stormproof.adapters.check_runner_looks import Looks
from stormproof.adapters.postgres_questions import Session, ask_json
from stormproof.core.negative_control import Facts, Heap
from stormproof.drill.gather import outputs_under

if TYPE_CHECKING:
    from stormproof.drill.controls.bench import Judged

BOUND_SECONDS = 600.0
SEGMENT_PAGES = 131_072  # of the first file of a large table

_HEAPS = """
select json_build_array(format('%I.%I', n.nspname, c.relname), pg_relation_filepath(c.oid), pg_relation_size(c.oid) / 8192)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by pg_relation_size(c.oid) desc, c.oid limit 3;
"""


def gather(judged: Judged) -> Facts:
    """Raises QuestionFailed, and what Host raises."""
    context, spec = judged.context, judged.spec
    place = context.postgres
    facts = Facts(
        checks=tuple(spec.checks),
        instant=context.instant,
        reference=context.reference,
        heartbeat=context.heartbeat_table or "" if place is not None else "",
        files=context.files_root is not None,
        rows=context.rows_sql is not None and place is not None,
        snapshot_at=context.files_snapshot_at,
    )
    if place is None:
        return facts
    shape = capture_shape(
        context.host, place, databases=[place.database], heartbeat_table=context.heartbeat_table,
        timeout_seconds=BOUND_SECONDS,
    )  # fmt: skip
    _, uses, cycling = ask_integrity(
        context.host, place, Looks(context).reader(), foreign_keys=False, sequences=True, bound_seconds=BOUND_SECONDS
    )
    heaps = ask_json(context.host, place, _HEAPS, Session(bound_seconds=BOUND_SECONDS))
    return Facts(
        checks=facts.checks,
        instant=facts.instant,
        database=place.database,
        role=place.application_role or "",
        shape=shape.reference,
        settings=shape.settings,
        sequences=tuple(use for use in uses if use.sequence not in cycling),
        heaps=tuple(Heap(name, path, min(int(pages), SEGMENT_PAGES)) for name, path, pages in heaps),
        reference=facts.reference,
        heartbeat=facts.heartbeat,
        files=facts.files,
        rows=facts.rows,
        snapshot_at=facts.snapshot_at,
        backup=str(outputs_under(judged.outputs, "postgres")["choose_point"]["label"]),
        wal=context.wal,
    )
