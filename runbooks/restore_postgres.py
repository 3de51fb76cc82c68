"""Bring a PostgreSQL cluster back from pgBackRest, to the newest moment that the vault holds or to a chosen instant."""

from __future__ import annotations

import shlex

from postgres_wal import fetch_environment, listed_wal, procedure_of, wal_bytes, way_to_vault
from recovery_bounds import AGAIN, LONG_AGAIN, RESTORE_BOUND_SECONDS
from recovery_place import (
    held,
    not_after,
    place,
    point_of,
    refuse_wrong_choice,
    remove_run,
    restored_server,
    run_job,
    touching,
)
from recovery_room import make_folder_with_room

from stormproof.adapters import pgbackrest, restic, restored_postgres
from stormproof.adapters.pgbackrest_damage import Backup, restore_failure
from stormproof.adapters.resource import resource
from stormproof.core.recovery_point import choose_recovery_point
from stormproof.engine.runbook import Context, Outputs, Phase, Runbook

SPACE_FACTOR = 1.1  # the restored size, and a tenth for what replay adds

book = Runbook(
    "restore_postgres",
    title="Restore PostgreSQL from the vault",
    service_kind="postgres",
    description="""
    Use it when the primary database is lost, or when its data must go back to an earlier moment. It restores into a
    folder of its own on the recovery host and leaves the old server and its files alone. Stop and call the database's
    owner when a step says that WAL is missing or damaged: what comes back then ends earlier than it could.
    """,
    parameters={
        "target": "instant to go back to (ISO 8601 with a zone); left out: the newest moment that the vault holds",
        "point": "newest, oldest or random backup to start from",
        "backup": "label of the one backup to start from",
        "procedure": "defaults: as the tools do without being told; left out: the service's own, which is faster",
    },
)


@book.step(
    title="Choose the recovery point",
    phase=Phase.DECIDE,
    expected_seconds=1,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=120,
    touches=touching(
        "reads the list of backups on {vault}, with {host}'s own read-only credential",
        first=[procedure_of, refuse_wrong_choice],
    ),
)
def choose_point(context: Context) -> Outputs:
    """Ask the vault which backups it holds and take the newest complete one at or before the target instant.

    If this fails, the vault cannot be read: check the passphrase, the stanza and the recovery host's key there first.
    Nothing has been touched yet.
    """
    here, service, holdings = place(context), context.service("postgres"), held(context)
    env = {pgbackrest.CIPHER_VARIABLE: context.secret(service.cipher_secret)}
    points = pgbackrest.list_backups(here.host, stanza=service.stanza, env=env, way=way_to_vault(context))
    point = choose_recovery_point(
        [p for p in points if context.parameters.get("backup") in (None, p.label)],
        held=holdings.backups if holdings else None,
        not_after=not_after(context),
        choice=point_of(context),
        seed=int(context.parameters.get("seed", 0)),
        service=service.name,
    )
    context.say(f"backup {point.label} ({point.kind}), ended {point.instant:%Y-%m-%d %H:%M:%S} UTC")
    kept = {"label", "kind", "bytes", "wal_start", "wal_stop", "lsn_start", "lsn_stop", "archive_id", "system_id"}
    return {
        **point.model_dump(include=kept),
        "instant": point.instant.isoformat(),
        "major": (point.version or "").split(".")[0],
    }


@book.step(
    title="Make room on the recovery host",
    phase=Phase.PROVISION,
    needs=[choose_point],
    expected_seconds=0.2,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=60,
    touches=touching("creates {run} on {host}"),
)
def prepare(context: Context) -> Outputs:
    """Check that the disk holds what will come, that the right PostgreSQL is installed, and make the run's folder.

    If bytes or inodes are too few, the restore would stop in the middle: give the host more room now.
    """
    here, point = place(context), context.output("choose_point")
    pg_bin = restored_postgres.find_binaries(here.host, str(point["major"]), context.service("postgres").binaries)
    needed = int((point["bytes"] or 0) * SPACE_FACTOR) + wal_bytes(context, point)
    free = make_folder_with_room(here, needed_bytes=needed)
    here.host.check(
        f"cat >{shlex.quote(here.run_dir)}/bin/wal_next.sh && chmod 700 {shlex.quote(here.run_dir)}/bin/wal_next.sh",
        stdin=resource("wal_next.sh"),
    )
    return {"pg_bin": pg_bin, "free_bytes": free, "needed_bytes": needed}


@prepare.undo
def prepare_undo(context: Context) -> None:
    """End whatever runs from the run's folder, and remove it with everything in it."""
    remove_run(context)


@book.step(
    title="Restore the base backup",
    phase=Phase.RESTORE,
    needs=[prepare],
    expected_seconds=20,
    repeatable=True,
    retry=LONG_AGAIN,
    timeout_seconds=RESTORE_BOUND_SECONDS,
    touches=touching("writes {run}/pgdata on {host}", "reads the backup from {vault}"),
)
def restore_base(context: Context) -> Outputs:
    """Let pgBackRest bring the chosen backup into the run's folder. It runs on the host and survives a lost connection.

    Each file's checksum is compared as it arrives. When it was interrupted, what is there is compared and kept.
    """
    here, point, service = place(context), context.output("choose_point"), context.service("postgres")
    env = {pgbackrest.CIPHER_VARIABLE: context.secret(service.cipher_secret)}
    processes = procedure_of(context).processes or service.restore_processes  # None: as many as the host has cores

    def script(tried_before: bool) -> str:
        return pgbackrest.restore_script(
            stanza=service.stanza,
            label=str(point["label"]),
            run_dir=here.run_dir,
            processes=processes,
            delta=tried_before,
            way=way_to_vault(context),
        )

    state = run_job(context, "restore_base", script, env, RESTORE_BOUND_SECONDS)
    if state.status != 0:
        backup = Backup(service.stanza, str(point["label"]), f"{here.run_dir}/look", env)
        where = f"{here.host.name}: {service.stanza}"
        raise restore_failure(here.host, state, backup, pgdata=f"{here.run_dir}/pgdata", where=where)
    return {"seconds": state.seconds}


@book.step(
    title="Fetch the newest WAL from the stream",
    phase=Phase.FETCH,
    needs=[prepare],
    expected_seconds=1,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=900,
    touches=touching("writes {run}/wal on {host}", "reads the streamed WAL on {vault}"),
    in_drill="An open file is used up to the length that it had at the failure.",
)
def fetch_stream(context: Context) -> Outputs:
    """Bring what was streamed to the vault and is not archived yet: the last seconds before the failure.

    It is little and runs beside the restore. Where nothing is streamed there is nothing to do.
    """
    here = place(context)
    streamed = [held for held in listed_wal(context) if held.source == "stream"]
    if not streamed:
        return {"listed": 0}
    env = fetch_environment(context) | {"WAY": "stream"}
    state = run_job(context, "fetch_stream", resource("wal_fetch.sh"), env, 900)
    if state.status != 0:
        raise pgbackrest.job_failure(state, where=f"{here.host.name}: streamed WAL")
    return {"listed": len(streamed)}


@book.step(
    title="Fetch the WAL that the vault held",
    phase=Phase.FETCH,
    needs=[restore_base, fetch_stream],
    expected_seconds=15,
    repeatable=True,
    retry=LONG_AGAIN,
    timeout_seconds=RESTORE_BOUND_SECONDS,
    touches=touching("writes {run}/wal on {host}", "reads the archive of WAL on {vault}"),
    in_drill="Only what the vault held at the failure is fetched; a file that came later is refused.",
)
def fetch_wal(context: Context) -> Outputs:
    """Fetch the log files that follow the backup, beside the restore, and compare each with its digest.

    A damaged or missing file ends the fetching, since replay cannot pass it. That is told at once, and again by the
    check "reached", which fails the run.
    """
    here = place(context)
    files = listed_wal(context)
    state = run_job(context, "fetch_wal", resource("wal_fetch.sh"), fetch_environment(context), RESTORE_BOUND_SECONDS)
    if state.status != 0:
        raise pgbackrest.job_failure(state, where=f"{here.host.name}: WAL of {context.service('postgres').stanza}")
    fetched = here.host.check(f"cat {shlex.quote(here.run_dir)}/wal/fetched 2>/dev/null; true").splitlines()
    last = fetched[-1].split() if fetched else ["", "nothing"]
    if files and last[1] != "fetched":
        context.say(f"WAL file {last[0] or files[0].name} is {last[1]}: replay will end before it")
    return {
        "listed": len(files),
        "fetched": sum(1 for line in fetched if line.split()[1] == "fetched"),
        "last": last[:2],
    }


@book.step(
    title="Restore the server's configuration",
    phase=Phase.RESTORE,
    expected_seconds=3,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=900,
    touches=touching("writes {run}/config on {host}"),
)
def restore_config(context: Context) -> Outputs:
    """Bring back postgresql.conf and pg_hba.conf where they live outside the data directory, as on Debian.

    Without them the restored server would be another server: other limits, other rights to connect.
    """
    here, service, holdings = place(context), context.service("postgres"), held(context)
    if not service.config_repository:
        return {"config_file": None, "hba_file": None}
    env = {restic.PASSWORD_VARIABLE: context.secret(service.config_secret)}
    snapshots = restic.list_snapshots(here.host, repository=service.config_repository, env=env, tag=service.config_tag)
    known = [i for ids in holdings.snapshots.values() for i in ids] if holdings else None
    chosen = choose_recovery_point(
        snapshots, held=known, not_after=not_after(context), service=f"{service.name} configuration"
    )
    target = f"{here.run_dir}/config"
    state = run_job(
        context,
        "restore_config",
        restic.restore_script(
            repository=service.config_repository, snapshot=chosen.label, run_dir=here.run_dir, target=target,
            paths=[service.config_path], only=True,
        ),
        env,
        900,
    )  # fmt: skip
    if state.status != 0:
        raise restic.job_failure(state, where=f"{here.host.name}: {service.config_repository}")
    found = here.host.check(
        f"cd {shlex.quote(target)}{shlex.quote(service.config_path)} && find . -name postgresql.conf -o -name pg_hba.conf"
    ).split()
    base = f"{target}{service.config_path}"
    pick = {name.rsplit("/", 1)[1]: f"{base}/{name[2:]}" for name in found}
    return {"config_file": pick.get("postgresql.conf"), "hba_file": pick.get("pg_hba.conf"), "snapshot": chosen.label}


@book.step(
    title="Disarm settings that act on the world",
    phase=Phase.START,
    needs=[restore_base, restore_config],
    expected_seconds=0.5,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=120,
    touches=touching("writes {run}/etc on {host}"),
)
def disarm_settings(context: Context) -> Outputs:
    """Before the first start, override what would run commands, load code or write into the vault's archive.

    The list of what was overridden goes into the report. In an outage somebody must decide about each before cut-over:
    above all, turn archiving on again into a new stanza, or nothing protects the restored server.
    """
    here = place(context)
    server = restored_server(context)
    target = context.parameters.get("target")
    lines = "-c recovery_target_timeline=latest"
    if target:
        # Inclusive would bring back the very transaction that the instant was chosen to leave out.
        lines += f"\n-c recovery_target_time={target}\n-c recovery_target_inclusive=off"
    disarmed = restored_postgres.disarm_settings(here.host, server, lines)
    return {"disarmed": [d.model_dump() for d in disarmed]}


@book.step(
    title="Start the server",
    phase=Phase.START,
    needs=[disarm_settings, fetch_stream],
    expected_seconds=0.3,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=120,
    touches=touching("starts PostgreSQL on {host}, closed to everybody"),
)
def start_server(context: Context) -> Outputs:
    """Start PostgreSQL with archiving off. Nobody but us can connect yet; it begins to replay.

    In a drill it is confined: it may not connect anywhere, start programs, or write outside its folder.
    """
    server = restored_server(context)
    confined = restored_postgres.start(place(context).host, server, confined=context.is_drill)
    return {"disarmed": [d.model_dump() for d in confined]}


@start_server.undo
def start_server_undo(context: Context) -> None:
    """Stop the restored server at once."""
    server = restored_server(context)
    restored_postgres.stop(place(context).host, server)


@book.step(
    title="Replay to the end, and promote",
    phase=Phase.REPLAY,
    needs=[start_server],
    expected_seconds=10,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=RESTORE_BOUND_SECONDS,
    touches=touching("nothing: it waits"),
)
def replay(context: Context) -> Outputs:
    """Wait until the server has replayed what there is, is consistent, and accepts writes.

    Noticed on the host within 5 ms. When the server gives up, its own last words are shown with what they mean.
    """
    server = restored_server(context)
    at = restored_postgres.wait_ready(place(context).host, server, timeout_seconds=RESTORE_BOUND_SECONDS - 60)
    return {"ready_at": at.isoformat()}


@book.step(
    title="Disarm objects that act on the world",
    phase=Phase.START,
    needs=[replay],
    expected_seconds=0.3,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=240,
    touches=touching("disables event triggers, subscriptions, foreign servers and scheduled jobs in the copy"),
)
def disarm_catalog(context: Context) -> Outputs:
    """Before anybody may connect, switch off what lives in the databases themselves and would act from there.

    In an outage decide about each before cut-over; the report lists them by database and name.
    """
    server = restored_server(context)
    disarmed = restored_postgres.disarm_catalog(place(context).host, server)
    return {"disarmed": [d.model_dump() for d in disarmed]}


@book.step(
    title="Let the application in",
    phase=Phase.START,
    needs=[disarm_catalog],
    expected_seconds=0.1,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=60,
    touches=touching("brings the restored pg_hba.conf into force on {host}"),
)
def open_server(context: Context) -> None:
    """Put the restored rules on who may connect into force, and admit this host's own address for the proof to come."""
    service = context.service("postgres")
    server = restored_server(context)
    restored_postgres.open_for_application(
        place(context).host, server, database=service.database, role=service.application_role
    )


@book.step(
    title="First write and read as the application",
    phase=Phase.START,
    needs=[open_server, fetch_wal],
    expected_seconds=0.2,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=120,
    touches=touching("writes one readiness row into the restored database"),
)
def first_write_and_read(context: Context) -> Outputs:
    """Write one row and read it back with the application's role, over TCP, into one of its tables. Then it is back.

    If the role is refused, compare its password with the one in the place that secrets come from.
    """
    here, service = place(context), context.service("postgres")
    server = restored_server(context)
    at = restored_postgres.first_write_and_read(
        here.host,
        server,
        database=service.database,
        role=service.application_role,
        password=context.secret(service.password_secret),
        write=service.readiness.write,
        read=service.readiness.read,
        run_id=context.run_id,
        timeout_seconds=60,
    )
    return {"acknowledged_at": at.isoformat()}
