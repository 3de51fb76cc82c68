"""What the lab keeps running on a host runs once, whatever becomes of the process that started it."""

from __future__ import annotations

import pytest

from stormproof.lab.foundation import Foundation
from stormproof.lab.lab_machine import LabMachine
from stormproof.lab.waiting import wait_until

pytestmark = pytest.mark.component
BEGAN = "/var/log/began"


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours runs behind it."""


def test_what_was_started_by_a_process_that_died_then_is_not_started_a_second_time(
    lab: Foundation, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = LabMachine(lab.host("vault"), lab.addresses("vault").ipv4)
    script = f"echo began >>{BEGAN}\nexec sleep 3600"

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(LabMachine, "put", die)
        with pytest.raises(Killed):
            machine.keep_running("counted", script)
    wait_until(
        lambda: machine.run(f"[ -s {BEGAN} ]").status == 0,
        what="the first beginning", where="vault", fix="look at the host", timeout_seconds=60,
    )  # fmt: skip
    machine.keep_running("counted", script)
    machine.keep_running("told", f"echo told >>{BEGAN}")
    wait_until(
        lambda: "told" in machine.check(f"cat {BEGAN}"),
        what="another beginning", where="vault", fix="look at the host", timeout_seconds=60,
    )  # fmt: skip
    assert machine.check(f"cat {BEGAN}").split() == ["began", "told"]
    machine.stop_running("counted")
    assert machine.run("pgrep -f 'sleep 3600'").status == 1
