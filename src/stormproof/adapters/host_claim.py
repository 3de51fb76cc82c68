"""A run's claim on the host that it restores on: one run at a time, whoever started it and from wherever.

The claim lies on that host itself, so it holds between runners that know nothing of each other. It survives a crashed
runner on purpose: what that one left is still in the way of the next, until somebody resumes or sweeps it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stormproof.adapters.resource import resource
from stormproof.core.errors import CommandFailed, Refused, RunFailed, StoppedHalfWay, StormproofError, Unverified
from stormproof.core.ports import Clock, Host
from stormproof.core.tool_meaning import own_words

TTL_SECONDS = 60  # without a sign of life for so long, its runner counts as gone
RENEW_SECONDS = 15.0
WAIT_SECONDS_MAX = 3600.0  # for the run before, which is bounded itself
POLL_SECONDS = 1.0
FILE = ".owner"


@dataclass(frozen=True, slots=True)
class Owner:
    """The run that has a host, and who runs it. `lapsed`: no sign of life for longer than the claim's time."""

    run_id: str
    who: str
    lapsed: bool
    seconds: int  # until it lapses, or since it did


class HostInUse(Refused):
    """Another run restores on the host, and is alive."""


class HostLeftInUse(Refused):
    """A run of a dead runner has left something on the host."""


class Claim:
    """One run's claim, kept alive by a thread until it is released. See `claimed`."""

    def __init__(self, host: Host, work: str, run_id: str, who: str) -> None:
        self._host, self._work, self._run_id, self._who = host, work, run_id, who
        self._ending = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name=f"claim-{run_id}", daemon=True)

    def take(self) -> Owner | None:
        """None once it is ours, else who has it. Raises what the host raises."""
        owner = self._ask("take")
        if owner is None:
            self._keeper.start()
        return owner

    def check(self) -> None:
        """Right before something is harmed or moved. Raises StoppedHalfWay when the claim is somebody else's by now."""
        self._ask("renew")

    def release(self) -> None:
        """Give the host back. One that does not answer is given back by time."""
        if self._ending.is_set() or not self._keeper.is_alive():
            return
        self._ending.set()
        self._keeper.join(timeout=30)
        with contextlib.suppress(StormproofError):
            self._ask("release")

    def _keep(self) -> None:
        while not self._ending.wait(RENEW_SECONDS):
            try:
                self._ask("renew")
            except StoppedHalfWay:
                return
            except StormproofError:
                continue  # the host is away for now; as long as the run's folder is there, nobody takes the claim over

    def _ask(self, act: str) -> Owner | None:
        return ask(self._host, self._work, act, run_id=self._run_id, who=self._who)


@contextlib.contextmanager
def claimed(
    host: Host, work: str, run_id: str, *, who: str, clock: Clock, say: Callable[[str], None],
    stopped: Callable[[], StormproofError | None], wait_seconds: float = WAIT_SECONDS_MAX,
) -> Iterator[Claim]:  # fmt: skip
    """Have the host for one run. While another run lives there, wait for it, and say so once.

    Args:
        who: the runner, for whoever finds the host in use.
        stopped: why to stop waiting; None: go on.

    Raises:
        HostInUse: another run had it for all of that time. HostLeftInUse: a dead runner's run has left something there.
    """
    claim = Claim(host, work, run_id, who)
    until = clock.now().monotonic + wait_seconds
    told = False
    while (owner := claim.take()) is not None:
        if owner.lapsed:
            raise HostLeftInUse(
                f"run {owner.run_id} ({owner.who}) has left {host.name} in use, and gave no sign of life for "
                f"{TTL_SECONDS + owner.seconds} s",
                where=f"{host.name}:{work}/{FILE}",
                fix=f"`stormproof drill resume {owner.run_id}` brings it to an end, or "
                f"`stormproof drill sweep {owner.run_id}` removes what it left, in the project that began it",
                code="SP135",
            )
        if clock.now().monotonic >= until:
            raise HostInUse(
                f"{host.name} is in use by run {owner.run_id} ({owner.who}), for longer than {wait_seconds:g} s",
                where=f"{host.name}:{work}/{FILE}",
                fix="wait for that run to end, or end it; then try again",
                code="SP134",
            )
        if not told:
            say(f"{host.name} is in use by run {owner.run_id} ({owner.who}); waiting for it")
            told = True
        if (reason := stopped()) is not None:
            raise reason
        clock.sleep(POLL_SECONDS)
    try:
        yield claim
    finally:
        claim.release()


def owner_of(host: Host, work: str) -> Owner | None:
    """Who has the host; None: nobody. Raises what the host raises."""
    return ask(host, work, "look")


def clear(host: Host, work: str, run_id: str) -> None:
    """Take a run's claim away; another run's stays."""
    ask(host, work, "release", run_id=run_id)


def ask(host: Host, work: str, act: str, *, run_id: str = "", who: str = "") -> Owner | None:
    """None: it is ours, or nobody's. Raises StoppedHalfWay when it was lost, Unverified for an answer nobody knows."""
    env = {"WORK": work, "ACT": act, "RUN_ID": run_id, "WHO": who, "TTL": str(TTL_SECONDS)}
    try:
        text = host.check(resource("host_claim.sh"), env=env, timeout_seconds=20).strip()
    except CommandFailed as error:
        if error.status not in (73, 74):
            raise
        raise RunFailed(
            f"the folder for runs cannot be written: {own_words(error.output)}",
            where=f"{host.name}:{work}",
            fix="let the host's user own its work folder; is its disk full?",
            code="SP292",
        ) from error
    word, _, rest = text.partition(" ")
    if word in ("mine", "free"):
        return None
    if word in ("held", "lapsed"):
        run, seconds, other = rest.split(" ", 2)
        return Owner(run, other, word == "lapsed", int(seconds))
    if word == "lost":
        raise StoppedHalfWay(
            f"{host.name} is not this run's any more: it is {rest}'s",
            where=f"{host.name}:{work}/{FILE}",
            fix=f"somebody swept run {run_id} while it stood still; run the drill again",
            code="SP136",
        )
    raise Unverified(
        f"what {host.name} says about who uses it cannot be read: {text[:200]!r}",
        where=f"{host.name}:{work}/{FILE}",
        fix="look at that file, and remove it if no run is there",
        code="SP137",
    )
