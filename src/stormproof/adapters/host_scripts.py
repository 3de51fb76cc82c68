"""The bash texts that a host runs for us: one frame around every script, and detached jobs.

A script travels on standard input inside a function that is called on the last line. So a connection that is cut while
the text is on its way runs nothing, and neither script nor environment ever stands in an argument list.

A detached job lives in WORK/RUN/jobs/NAME. Its keeper process holds an exclusive lock on `lock` for as long as the job
runs; `begun` is written before the first act, `rc` after the last, into the room that `reserve` kept: on a disk that the
job itself has filled its end would be lost otherwise. From these three files every reader, also one that
comes after a lost connection or a reboot, tells apart: never started, running, ended, vanished.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}\Z")
TAIL_BYTES = 8192  # of each stream; restic can print thousands of lines when a disk is full


# Numbers, order and a tool's words are C's whatever the host speaks (a German bash writes its clock with a comma); letters
# stay the host's own. A locale that is not installed there is bash's to complain about once, when it starts.
_LOCALE = (
    '{ export LC_CTYPE="${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" LANG=C; } 2>/dev/null',
    "unset LC_ALL LC_NUMERIC LC_TIME LC_COLLATE LC_MESSAGES LC_MONETARY LANGUAGE",
)


def framed(script: str, env: Mapping[str, str] | None = None, stdin: str = "") -> str:
    """The text to hand to `bash -s`: environment, then the script as a function that runs only when it arrived whole."""
    lines = list(_LOCALE)
    lines += [f"export {_variable(key)}={shlex.quote(value)}" for key, value in (env or {}).items()]
    lines += ["umask 077", "stormproof_main() {", script, "}"]
    if stdin:
        encoded = base64.b64encode(stdin.encode()).decode()
        lines.append(f"stormproof_main < <(printf %s {encoded} | base64 -d)")
    else:
        lines.append("stormproof_main </dev/null")
    lines.append("exit $?")
    return "\n".join(lines) + "\n"


def job_folder(work: str, run_id: str, name: str) -> str:
    """WORK/RUN/jobs/NAME; names are ours and asserted, so that no path can leave the run's folder."""
    assert _NAME.match(run_id), f"not a run id: {run_id!r}"
    assert _NAME.match(name), f"not a job name: {name!r}"
    return f"{work}/{run_id}/jobs/{name}"


_KEEPER = r"""
exec 9>>"$J/lock"
flock -n 9 || exit 0
[ -e "$J/begun" ] && exit 0
read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ started _ </proc/$$/stat
printf '%s %s %s\n' "$$" "$started" "$EPOCHREALTIME" >"$J/begun.new" && mv "$J/begun.new" "$J/begun" || exit 1
head -c 65536 /dev/zero >"$J/reserve"
bash "$J/script" </dev/null >"$J/out" 2>"$J/err" 9>&-
rc=$?
rm -f "$J/reserve"
printf '%s %s\n' "$rc" "$EPOCHREALTIME" >"$J/rc.new" && mv "$J/rc.new" "$J/rc"
"""


def start_job(folder: str, script: str) -> str:
    """Start the job unless somebody did; returns when it has begun. Status 71 says that it did not begin within 10 s."""
    return f"""
J={shlex.quote(folder)}; export J
umask 077
mkdir -p "$J" || exit 73
if [ ! -e "$J/begun" ]; then
  printf %s {base64.b64encode(script.encode()).decode()} | base64 -d >"$J/script.$$" && mv "$J/script.$$" "$J/script" || exit 73
  setsid bash -c {shlex.quote(_KEEPER)} </dev/null >/dev/null 2>&1 &
  disown
fi
exec 8<> <(:)
for _ in {{1..2000}}; do [ -e "$J/begun" ] && exit 0; read -rt 0.005 -u 8; done
exit 71
"""


def job_state(folder: str) -> str:
    """Print `state pid begun-at rc ended-at`, then the tails of both streams in base64, one a line."""
    return f"""
J={shlex.quote(folder)}
if [ ! -e "$J/begun" ]; then echo "absent"; exit 0; fi
read -r pid started at <"$J/begun"
if [ -e "$J/rc" ]; then read -r rc ended <"$J/rc"; echo "ended $pid $at $rc $ended"
elif flock -n -s "$J/lock" true 2>/dev/null; then
  if [ -e "$J/rc" ]; then read -r rc ended <"$J/rc"; echo "ended $pid $at $rc $ended"; else echo "lost $pid $at"; fi
else echo "running $pid $at $EPOCHREALTIME"; fi
tail -c {TAIL_BYTES} "$J/out" 2>/dev/null | base64 -w0; echo
tail -c {TAIL_BYTES} "$J/err" 2>/dev/null | base64 -w0; echo
"""


def follow_job(folder: str, wait_seconds: float) -> str:
    """Sleep on the job's lock, which the kernel hands over the moment its keeper ends: no poll, no delay."""
    return f"""
J={shlex.quote(folder)}
[ -e "$J/begun" ] && [ ! -e "$J/rc" ] && flock -s -w {wait_seconds:.3f} "$J/lock" true
{job_state(folder)}
"""


# What a host's own ssh gets from us, as ssh_config(5) names it: no connection of a restore waits without bound. Options on the
# command line count before those of any configuration file.
SSH_BOUNDS = ("ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3", "BatchMode=yes")


def bounded_connections(run_folder: str) -> str:
    """To stand before a job's script: whatever it starts that calls `ssh` or `sftp` gets SSH_BOUNDS.

    pgBackRest and restic call them by name. Without a bound pgBackRest waits half an hour for a vault whose packets are
    dropped (its protocol-timeout).
    """
    options = " ".join(f"-o {bound}" for bound in SSH_BOUNDS)
    return f"""
B={shlex.quote(run_folder)}/bin
mkdir -p "$B" || exit 73
for tool in ssh sftp; do
  [ -e "$B/$tool" ] || {{
    printf '#!/bin/sh\nexec %s {options} "$@"\n' "$(command -v $tool)" >"$B/$tool.$$" && chmod 700 "$B/$tool.$$" && mv "$B/$tool.$$" "$B/$tool"
  }}
done
export PATH="$B:$PATH"
"""


def kill_jobs(run_folder: str) -> str:
    """End every session of the run's jobs that still lives (pid and start time must both agree); print their names."""
    return f"""
R={shlex.quote(run_folder)}
for J in "$R"/jobs/*/; do
  J=${{J%/}}
  [ -e "$J/begun" ] || continue
  read -r pid started at <"$J/begun"
  if read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ now _ 2>/dev/null <"/proc/$pid/stat" && [ "$now" = "$started" ]; then
    kill -TERM -- "-$pid" 2>/dev/null && printf '%s\\n' "${{J##*/}}"
  fi
done
exec 8<> <(:)
for _ in {{1..40}}; do
  alive=0
  for J in "$R"/jobs/*/; do
    J=${{J%/}}; [ -e "$J/begun" ] || continue
    read -r pid started at <"$J/begun"
    if read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ now _ 2>/dev/null <"/proc/$pid/stat" && [ "$now" = "$started" ]; then
      alive=1; [ "$_i" = late ] && kill -KILL -- "-$pid" 2>/dev/null
    fi
  done
  [ $alive = 0 ] && break
  read -rt 0.05 -u 8; [ "${{SECONDS}}" -ge 2 ] && _i=late
done
exit 0
"""


def _variable(name: str) -> str:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name), f"not a variable's name: {name!r}"
    return name
