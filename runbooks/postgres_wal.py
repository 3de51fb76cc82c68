"""The WAL of a recovery: which files it may use, and how they are fetched."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from recovery_place import held, place

from stormproof.adapters import pgbackrest
from stormproof.core.errors import RunFailed
from stormproof.core.procedure import Procedure, chosen_procedure
from stormproof.core.recovery_point import HeldSegment
from stormproof.core.wal import SEGMENT_BYTES, segment_bytes_of
from stormproof.engine.plan import PlanView
from stormproof.engine.runbook import Context

UNKNOWN_WAL_BYTES = 2 * 1024**3  # in an outage nothing was listed yet when room is looked for


def procedure_of(context: Context | PlanView) -> Procedure:
    """The service's switches of speed, with what this run changes of them. Raises Refused."""
    service = context.service("postgres")
    return chosen_procedure(
        service.procedure, context.parameters.get("procedure"), has_tls=service.tls is not None, service=service.name
    )


def way_to_vault(context: Context) -> str:
    """pgBackRest's own options for it."""
    return pgbackrest.repository_options(procedure_of(context), context.service("postgres").tls)


def listed_wal(context: Context) -> tuple[HeldSegment, ...]:
    """The files that a replay of the chosen backup may ask for; written down for the host's scripts, once a run.

    In a drill it is what the vault held at the failure, in an outage what it holds now. Raises RunFailed when the vault's
    list could not be read whole.
    """
    here, service, holdings = place(context), context.service("postgres"), held(context)
    if holdings is None:
        vault = here.host if service.object_store else context.host(service.vault)
        holdings = pgbackrest.freeze(vault, stanza=service.stanza, stream_dir=service.wal_stream, snapshot_dirs={})
    if holdings.unreadable:
        raise RunFailed(
            f"the vault's list could not be read whole: {', '.join(holdings.unreadable[:3])}",
            where=service.vault or here.host.name,
            fix="let the control side's user on the vault read the archive and the stream's folder",
            code="SP203",
        )
    point = context.output("choose_point")
    # After an upgrade the archive still holds the old cluster's segments, some under the same names.
    files = holdings.of_cluster(point.get("archive_id"), point.get("system_id")).wal_from(str(point["wal_start"]))
    listing = "".join(f"{f.name} {f.sha1 or '-'} {f.source} {f.length or 0}\n" for f in files)
    here.host.check(
        f"cd {shlex.quote(here.run_dir)}/wal && [ -e list ] || {{ cat >list.new && mv list.new list; }}", stdin=listing
    )
    return files


def fetch_environment(context: Context) -> dict[str, str]:
    """What wal_fetch.sh needs to know. The passphrase reaches it by environment and is written nowhere."""
    service, procedure = context.service("postgres"), procedure_of(context)
    return {
        pgbackrest.CIPHER_VARIABLE: context.secret(service.cipher_secret),
        "RUN_DIR": place(context).run_dir,
        "STANZA": service.stanza,
        "FILES_ALIAS": service.files_alias,
        "STREAM_DIR": service.wal_stream_reader or "",
        "WAY": procedure.wal,
        "CONNECTIONS": str(procedure.connections),
        "REPOSITORY_OPTIONS": way_to_vault(context),
        "AGAIN_STATUSES": " ".join(map(str, pgbackrest.transient_statuses())),
    }


def wal_bytes(context: Context, point: Mapping[str, Any]) -> int:
    """Room for the WAL that is staged from the chosen point's first segment on, and for the copy that replay works on."""
    holdings = held(context)
    if holdings is None:
        return UNKNOWN_WAL_BYTES
    files = holdings.of_cluster(point.get("archive_id"), point.get("system_id")).wal_from(str(point["wal_start"]))
    ends = ((point[f"wal_{end}"], point[f"lsn_{end}"]) for end in ("start", "stop"))
    return 2 * (segment_bytes_of(ends) or SEGMENT_BYTES) * len(files)
