"""Bring a directory of files back from restic."""

from __future__ import annotations

import shlex

from recovery_bounds import AGAIN, LONG_AGAIN, RESTORE_BOUND_SECONDS
from recovery_place import held, not_after, place, point_of, refuse_wrong_choice, run_job, touching

from stormproof.adapters import restic
from stormproof.core.errors import RunFailed
from stormproof.core.recovery_point import choose_recovery_point
from stormproof.engine.runbook import Context, Outputs, Phase, Runbook

book = Runbook(
    "restore_files",
    title="Restore files from the vault",
    service_kind="files",
    description="""
    Use it when the directory of uploaded files is lost or was changed by mistake. It restores the newest snapshot at or
    before the target instant into a folder of its own; the old files, where they still are, stay as they are.
    """,
    parameters={"target": "instant to go back to (ISO 8601 with a zone); left out: the newest snapshot"},
)


@book.step(
    title="Choose the snapshot",
    phase=Phase.DECIDE,
    expected_seconds=1.5,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=120,
    touches=touching(
        "reads the list of snapshots on {vault}, with {host}'s own read-only credential", first=[refuse_wrong_choice]
    ),
)
def choose_snapshot(context: Context) -> Outputs:
    """Ask the vault which snapshots it holds and take the newest at or before the target instant.

    If this fails, check the repository's passphrase and the recovery host's key at the vault. Nothing was touched yet.
    """
    here, service, holdings = place(context), context.service("files"), held(context)
    env = {restic.PASSWORD_VARIABLE: context.secret(service.repository_secret)}
    snapshots = restic.list_snapshots(
        here.host, repository=service.repository_url, env=env, tag=service.tag_of_snapshots
    )
    chosen = choose_recovery_point(
        snapshots,
        held=holdings.snapshots.get(service.name, ()) if holdings else None,
        not_after=not_after(context),
        choice=point_of(context),
        seed=int(context.parameters.get("seed", 0)),
        service=service.name,
    )
    context.say(f"snapshot {chosen.label[:8]}, taken {chosen.instant:%Y-%m-%d %H:%M:%S} UTC")
    return {"label": chosen.label, "instant": chosen.instant.isoformat()}


@book.step(
    title="Restore the files",
    phase=Phase.RESTORE,
    needs=[choose_snapshot],
    expected_seconds=8,
    repeatable=True,
    retry=LONG_AGAIN,
    timeout_seconds=RESTORE_BOUND_SECONDS,
    touches=touching("writes {run}/files on {host}", "reads the snapshot from {vault}"),
)
def restore(context: Context) -> Outputs:
    """Let restic bring the snapshot into the run's folder. It runs on the host and survives a lost connection.

    restic compares each piece's digest as it writes; the report compares each file with its row in the database.
    """
    here, service = place(context), context.service("files")
    env = {restic.PASSWORD_VARIABLE: context.secret(service.repository_secret)}
    script = restic.restore_script(
        repository=service.repository_url,
        snapshot=str(context.output("choose_snapshot")["label"]),
        run_dir=here.run_dir,
        target=f"{here.run_dir}/files",
        paths=[service.path],
        only=False,
    )
    state = run_job(context, f"restore_files-{service.name}", script, env, RESTORE_BOUND_SECONDS)
    if state.status != 0:
        raise restic.job_failure(state, where=f"{here.host.name}: {service.repository_url}")
    return {"seconds": state.seconds, "root": f"{here.run_dir}/files{service.path}"}


@restore.undo
def restore_undo(context: Context) -> None:
    """Remove the restored files."""
    here = place(context)
    here.host.check(f"rm -rf {shlex.quote(here.run_dir)}/files {shlex.quote(here.run_dir)}/cache", timeout_seconds=300)


@book.step(
    title="First write and read among the files",
    phase=Phase.START,
    needs=[restore],
    expected_seconds=0.1,
    repeatable=True,
    retry=AGAIN,
    timeout_seconds=60,
    touches=touching("writes and removes one small file below the restored directory"),
)
def first_write_and_read(context: Context) -> Outputs:
    """Write a file where the application would, flush it, read it back, and remove it. Then the directory is back."""
    here, root = place(context), str(context.output("restore")["root"])
    done = here.host.run(
        'f="$ROOT/.stormproof-$RUN_ID"; printf %s "$RUN_ID" >"$f" && sync "$f" && [ "$(cat "$f")" = "$RUN_ID" ] || exit 1\n'
        'at=$EPOCHREALTIME; rm -f "$f"; printf "%s\\n" "$at"',
        env={"ROOT": root, "RUN_ID": context.run_id},
    )
    if done.status != 0:
        raise RunFailed(
            f"a file could not be written and read back: {done.stderr.strip()[-300:] or 'it came back different'}",
            where=f"{here.host.name}:{root}",
            fix="does the snapshot hold that directory, and may the host's user write there?",
            code="SP274",
        )
    return {"acknowledged_epoch": done.stdout.strip()}
