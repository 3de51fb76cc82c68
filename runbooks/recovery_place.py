"""Where a recovery happens on its host. Everything of a run lives in one folder named after it, in drill and outage.

A restore goes into a folder of its own and never over what is there: so nothing is lost by starting it, a second try
beside the first is possible, and whatever is left over can be tied to its run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

from stormproof.adapters.host_scripts import bounded_connections
from stormproof.adapters.restored_postgres import RestoredServer
from stormproof.adapters.run_remains import destroy
from stormproof.adapters.tool_failure import full_disk, with_room
from stormproof.core.errors import CommandFailed, Refused, RunFailed, StoppedHalfWay
from stormproof.core.ports import Host, JobState
from stormproof.core.recovery_point import PointChoice, VaultHoldings
from stormproof.engine.plan import PlanView
from stormproof.engine.runbook import Context

TRIES_MAX = 20


@dataclass(frozen=True, slots=True)
class Place:
    """One run's folder on the host that recovers."""

    host: Host
    run_dir: str


def place(context: Context) -> Place:
    host = context.target("primary")
    return Place(host, f"{context.inventory.hosts[host.name].work}/{context.run_id}")


def remove_run(context: Context) -> None:
    """End and remove everything of this run on the host, jobs or not; raises RunFailed when something stays.

    A killed server's recovery goes on without it for as long as its restore command runs, and is no job.
    """
    here = place(context)
    here.host.kill_jobs(context.run_id)
    remains = destroy(here.host, context.inventory.hosts[here.host.name].work, context.run_id)
    if remains.left:
        raise RunFailed(
            f"what the run left could not be removed: {'; '.join(remains.left)[:300]}",
            where=f"{here.host.name}:{here.run_dir}",
            fix="end those processes by hand, then resume the run: it tries again",
            code="SP204",
        )


def touching(*texts: str, first: Sequence[Callable[[PlanView], object]] = ()) -> Callable[[PlanView], list[str]]:
    """What a step will change, in words, with names put in: {host} and {run} where it recovers, {vault} it reads from.

    Args:
        first: each refuses what the step itself would refuse, as far as a plan can know it.
    """

    def said(view: PlanView) -> list[str]:
        for refuse in first:
            refuse(view)
        host = view.target_name("primary")
        names = {
            "host": host,
            "run": f"{view.inventory.hosts[host].work}/RUN",
            "vault": ", ".join(view.inventory.with_role("pgbackrest-repository")) or "the vault",
        }
        return [text.format(**names) for text in texts]

    return said


def run_job(
    context: Context, name: str, script: str | Callable[[bool], str], env: Mapping[str, str], bound_seconds: float
) -> JobState:
    """Run a long command on the recovery host, detached, to its end.

    One that runs already (started before a crash of this program) is followed, one that ended well is not run again;
    only after a failed or lost one is the next started, under a number of its own. A function as `script` is told
    whether one was tried before.
    """
    host = context.target("primary")
    for number in range(1, TRIES_MAX + 1):
        job = f"{name}-{number}"
        state = host.job_state(context.run_id, job)
        if state.status == 0:
            return state
        if state.lost or state.status is not None:
            continue
        text = script if isinstance(script, str) else script(number > 1)
        if not state.started:
            try:
                host.start_job(context.run_id, job, bounded_connections(place(context).run_dir) + text, env=env)
            except CommandFailed as error:
                work = context.inventory.hosts[host.name].work
                raise full_disk(host, work, error, doing=f"{name} could not be started") or error from error
        ended = host.follow_job(context.run_id, job, timeout_seconds=bound_seconds)
        return with_room(host, ended, place(context).run_dir)
    raise StoppedHalfWay(
        f"{name} was tried {TRIES_MAX} times and never ended well",
        where=host.name,
        fix="look into WORK/RUN/jobs on that host for what it said, mend the cause, then run a new recovery",
        code="SP273",
    )


def held(context: Context) -> VaultHoldings | None:
    """What the vault held at the failure; None in an outage, where the vault as it is now is what there is."""
    document = context.parameters.get("holdings")
    return VaultHoldings.model_validate(document) if document else None


def target_of(context: Context | PlanView) -> datetime | None:
    """The instant to go back to; None: the newest there is. Raises Refused for what is no instant."""
    given = context.parameters.get("target")
    if not given:
        return None
    try:
        target = datetime.fromisoformat(str(given))
    except ValueError:
        target = None
    if target is None or target.tzinfo is None:
        raise Refused(
            f"'{given}' is no instant with a zone",
            where="parameter target",
            fix="write it as 2026-01-31T14:05:00Z, or with an offset such as +01:00",
            code="SP816",
        )
    return target


def point_of(context: Context | PlanView) -> PointChoice:
    """Which of the backups to start from. Raises Refused for a word that chooses none."""
    given = context.parameters.get("point", "newest")
    if given not in get_args(PointChoice):
        raise Refused(
            f"'{given}' chooses no backup",
            where="parameter point",
            fix=f"write one of: {', '.join(get_args(PointChoice))}",
            code="SP816",
        )
    return cast("PointChoice", given)


def refuse_wrong_choice(view: PlanView) -> None:
    """Raises Refused for a point or an instant that there is not, as the step that chooses would."""
    point_of(view)
    target_of(view)


def not_after(context: Context) -> datetime:
    """The target instant of a point-in-time recovery, else the failure as the vault's clock shows it, else now."""
    if (target := target_of(context)) is not None:
        return target
    if not context.parameters.get("t_fail"):
        return datetime.now(UTC)
    # What a vault whose clock is ahead wrote just before the failure is not of the time after it.
    offsets = context.parameters.get("offsets") or {}
    ahead = max(
        (offsets[name][0] for name in context.inventory.with_role("pgbackrest-repository") if name in offsets),
        default=0.0,
    )
    return datetime.fromisoformat(str(context.parameters["t_fail"])) + timedelta(seconds=ahead if ahead > 1 else 0)


def restored_server(context: Context) -> RestoredServer:
    """The run's own server, as `prepare` and `restore_config` laid it out."""
    here, prepared, config = place(context), context.output("prepare"), context.output("restore_config")
    return RestoredServer(
        run_dir=here.run_dir,
        pg_bin=str(prepared["pg_bin"]),
        address=here.host.address,
        port=int(context.service("postgres").port),
        superuser=context.service("postgres").superuser,
        config_file=str(config.get("config_file") or ""),
        hba_file=str(config.get("hba_file") or ""),
    )
