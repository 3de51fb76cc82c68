"""What kills: by the lab's own hand, from outside the runner, and only in the lab of this soak."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from soak.plan import Kill
from stormproof.core.errors import StormproofError
from stormproof.lab.foundation import Foundation

LOOK_FOR_SECONDS = 6  # until a process of the wanted kind is there; a kill that meets nobody does not count
LISTENER = "exec /usr/sbin/sshd -D -f /etc/ssh/sshd_config -E /var/log/sshd.log"

# The first process of that name that appears. `[x]` keeps the pattern from finding its own shell.
_KILL_ONE = """
end=$((SECONDS + {seconds}))
while [ $SECONDS -lt $end ]; do pkill -KILL {which} -f -- '{pattern}' && exit 0; sleep 0.02; done; exit 1
"""


class Faults:
    """The hand that kills. `do` answers whether the kill met somebody."""

    def __init__(self, foundation: Foundation) -> None:
        self._lab = foundation
        self._mending: list[threading.Timer] = []

    def do(self, kill: Kill) -> bool:
        acts: dict[str, Callable[[Kill], bool]] = {
            "sshd": self._sshd,
            "pgbackrest": lambda _: self._one("recovery-1", "^pgbackrest|/pgbackrest ", ""),
            "postgres": lambda k: self._one("recovery-1", "postgres -D /var/lib/stormproo[f]" if k.whole else "^postgres: ", "-o" if k.whole else "-n"),
            "forwarding": self._forwarding,
            "router": self._router,
        }  # fmt: skip
        try:
            return acts[kill.kind](kill)
        except StormproofError:  # the router is gone already: nobody is there to be killed
            return False

    def mended(self) -> None:
        """Wait until what was broken for a while is whole again."""
        for timer in self._mending:
            timer.join()
        self._mending = []

    def _one(self, host: str, pattern: str, which: str) -> bool:
        script = _KILL_ONE.format(seconds=LOOK_FOR_SECONDS, pattern=pattern, which=which)
        return self._lab.host(host).run(script, timeout_seconds=LOOK_FOR_SECONDS + 30).status == 0

    def _sshd(self, kill: Kill) -> bool:
        host = self._lab.host(kill.place)
        if not kill.whole:
            return self._one(kill.place, "^sshd: .*@", "")
        # Those first who would otherwise see the listener gone and end in an orderly way.
        killed = host.run("pkill -KILL -x sshd", timeout_seconds=30).status == 0
        self._later(kill.lasts, lambda: host.spawn(LISTENER, "/tmp/sshd-again.log"))
        return killed

    def _forwarding(self, kill: Kill) -> bool:
        def switch(value: int) -> None:
            router = self._lab.host("router")
            router.check(f"echo {value} >/proc/sys/net/ipv4/ip_forward", as_user="root", timeout_seconds=30)

        switch(0)
        self._later(kill.lasts, lambda: switch(1))
        return True

    def _router(self, kill: Kill) -> bool:
        self._lab.host("router").kill()
        return True

    def _later(self, seconds: float, mend: Callable[[], object]) -> None:
        def mended() -> None:
            with contextlib.suppress(StormproofError):  # the router was killed meanwhile: `lab up` mends all of it
                mend()

        timer = threading.Timer(seconds, mended)
        timer.start()
        self._mending.append(timer)
