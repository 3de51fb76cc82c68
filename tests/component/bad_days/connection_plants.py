"""What makes each row of tests/tables/connection_faults.py happen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab_day import OVER_TLS, WORK, Day

from tables.planting import plants
from tables.row import Saw

AUTHORIZED = "/var/lib/postgresql/.ssh/authorized_keys"
KNOWN = "/etc/ssh/ssh_known_hosts"
OTHER_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIBeWxXpV1nq1ovmZ9p0vYCxqhOyoQbDvBQnF0m3ZMn5S"  # a public key of nobody's
# On a host: nothing more comes in for its sshd, nor is it refused.
NO_SSH = """
table inet cut {
  chain cut {
    type filter hook input priority 0;
    tcp dport 22 drop
  }
}
"""


@plants("vault-unreachable")
def vault_unreachable(day: Day) -> Saw:
    with day.cut():
        return day.outcome(day.drill())


@plants("vault-down")
def vault_down(day: Day) -> Saw:
    """Its cable is out: a host of the lab that is dead would be booted by the drill itself."""
    day.host("vault").link_down()
    try:
        return day.outcome(day.drill())
    finally:
        day.host("vault").link_up()


@plants("vault-cut-mid-restore")
def vault_cut_for_a_while(day: Day) -> Saw:
    with day.slowly():
        running = day.drill("--keep")
        day.restoring(running)
        with day.cut():
            # ssh's own bounds end the attempt: then the connection is there again.
            day.wait(running, f"[ -e {WORK}/2*/jobs/restore_base-1/rc ]")
    return kept(day, running)


@plants("vault-cut-for-good")
def vault_cut_for_good(day: Day) -> Saw:
    with day.slowly():
        running = day.drill()
        day.restoring(running)
        with day.cut():
            running.process.wait(timeout=600)
    return day.outcome(running)


@plants("vault-sshd-killed")
def vault_sshd_killed(day: Day) -> Saw:
    with day.slowly():
        running = day.drill("--keep")
        day.restoring(running)
        day.root("vault", "pkill -KILL -f 'sshd: postgres'")
    return kept(day, running)


@plants("vault-tls-killed")
def vault_tls_killed(day: Day) -> Saw:
    """Those of its processes that serve: the one that takes connections goes on, as under any supervisor."""
    with day.slowly():
        running = day.drill("--keep", *OVER_TLS)
        day.restoring(running)
        day.root("vault", "pkill -KILL -P $(pgrep -o -f 'console=warn server')")
    return kept(day, running)


@plants("vault-tls-down")
def vault_tls_down(day: Day) -> Saw:
    day.root("vault", "pkill -KILL -f 'console=warn server'")
    try:
        return day.outcome(day.drill(*OVER_TLS))
    finally:
        day.project.json("lab", "up")


@plants("control-cut-mid-restore")
def control_cut(day: Day) -> Saw:
    with day.slowly():
        running = day.drill("--keep")
        day.restoring(running)
        before = sessions(day)
        day.root("recovery-1", "pkill -KILL -f 'sshd: postgres'")
        day.wait(running, "pgrep -f 'sshd: postgres' >/dev/null")
        assert sessions(day) != before
    return kept(day, running, jobs_once=True)


@plants("control-dropped-mid-restore")
def control_dropped(day: Day) -> Saw:
    with day.slowly():
        running = day.drill("--keep")
        day.restoring(running)
        day.root("recovery-1", f"nft -f - <<'END'\n{NO_SSH}\nEND")
        try:
            # The runner takes the silent connection for gone, and its sshd follows once the runner comes anew.
            day.wait(running, f"[ -e {WORK}/2*/jobs/restore_base-1/rc ]")
        finally:
            day.root("recovery-1", "nft delete table inet cut")
    return kept(day, running, jobs_once=True)


@plants("recovery-host-rebooted")
def recovery_rebooted(day: Day) -> Saw:
    with day.slowly():
        running = day.drill("--keep")
        day.restoring(running)
        day.host("recovery-1").kill()
        day.host("recovery-1").start()
    return kept(day, running)


@plants("recovery-host-gone")
def recovery_gone(day: Day) -> Saw:
    with day.slowly():
        running = day.drill()
        day.restoring(running)
        day.host("recovery-1").kill()
        running.process.wait(timeout=600)
    day.host("recovery-1").start()
    swept = day.project.json("drill", "sweep")
    assert swept["left"] == [], swept
    return day.outcome(running, note="its folder is told as left over; `drill sweep` removes it when the host is back")


@plants("host-key-unknown")
def host_key_unknown(day: Day) -> Saw:
    with edited(inventory(day), "host_key: ssh-ed25519 ", "host_key: ssh-rsa ", after="recovery-1:"):
        return day.outcome(day.drill())


@plants("host-key-changed")
def host_key_changed(day: Day) -> Saw:
    key = day.foundation.host_key("recovery-1").split()[1]
    with edited(inventory(day), key, OTHER_KEY):
        return day.outcome(day.drill())


@plants("vault-host-key-unknown")
def vault_host_key_unknown(day: Day) -> Saw:
    with known_hosts(day, ""):
        return day.outcome(day.drill())


@plants("vault-host-key-changed")
def vault_host_key_changed(day: Day) -> Saw:
    address = day.foundation.addresses("vault").ipv4
    with known_hosts(day, f"vault,{address} ssh-ed25519 {OTHER_KEY}\n"):
        return day.outcome(day.drill())


@plants("recovery-key-refused-at-vault")
def key_refused_at_vault(day: Day) -> Saw:
    with without_line(day, "vault", "vault-pgbackrest"):
        return day.outcome(day.drill())


@plants("runner-key-refused")
def runner_key_refused(day: Day) -> Saw:
    with without_line(day, "recovery-1", "control-recovery-1"):
        return day.outcome(day.drill())


def kept(day: Day, running: object, *, jobs_once: bool = False) -> Saw:
    """The outcome of a drill that kept its copy, which is looked at and swept: the restore was not begun twice over."""
    from lab_day import Running, saw_of

    assert isinstance(running, Running)
    status, out, said, seconds = running.end()
    assert "run" in json.loads(out or "{}"), (status, out, said)
    run = json.loads(out)["run"]
    jobs = day.host("recovery-1").check(f"ls {WORK}/{run}/jobs").split()
    twice = sorted(job for job in jobs if not job.endswith("-1"))
    assert not (jobs_once and twice), f"begun twice: {jobs}"
    day.project.json("drill", "sweep", run)
    note = (
        "the same job went on, and was found again"
        if jobs_once
        else f"tried again: {', '.join(twice)}"
        if twice
        else ""
    )
    return saw_of(status, out, said, seconds, left=day.left(), note=note)


def sessions(day: Day) -> str:
    return day.root("recovery-1", "pgrep -f 'sshd: postgres' || true")


def inventory(day: Day) -> Path:
    return day.project.state / "lab" / "inventory.yaml"


@contextmanager
def edited(path: Path, old: str, new: str, *, after: str = "") -> Iterator[None]:
    text = path.read_text()
    at = text.index(after) if after else 0
    assert old in text[at:], f"{old!r} is not in {path}"
    path.write_text(text[:at] + text[at:].replace(old, new, 1))
    try:
        yield
    finally:
        path.write_text(text)


@contextmanager
def known_hosts(day: Day, text: str) -> Iterator[None]:
    before = day.host("recovery-1").check(f"cat {KNOWN}")
    day.root("recovery-1", f"mount -o remount,rw / && cat >{KNOWN} <<'END'\n{text}END")
    try:
        yield
    finally:
        day.root("recovery-1", f"cat >{KNOWN} <<'END'\n{before}END\nmount -o remount,ro /")


@contextmanager
def without_line(day: Day, host: str, word: str) -> Iterator[None]:
    before = day.host(host).check(f"cat {AUTHORIZED}")
    assert word in before
    day.host(host).check(
        f"grep -v '{word}' {AUTHORIZED} >{AUTHORIZED}.new; chmod 600 {AUTHORIZED}.new; mv {AUTHORIZED}.new {AUTHORIZED}"
    )
    try:
        yield
    finally:
        day.host(host).check(f"cat >{AUTHORIZED}", stdin=before.encode())
