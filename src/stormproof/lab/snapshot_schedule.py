"""The shop's own schedule: a snapshot of the uploaded files every half minute, as a cron job would take it.

The database ships its WAL all the time; without this, rows would soon point to files that no vault holds. The first one
is taken at once: a primary that drill after drill kills and heals might not live for half a minute.
"""

from __future__ import annotations

from stormproof.lab.agreed import UPLOADS
from stormproof.lab.machine import Machine
from stormproof.lab.vault import RESTIC_REPOSITORY

SECONDS_BETWEEN = 30

_LOOP = f"""
while :; do
  restic -r {RESTIC_REPOSITORY} backup --quiet --tag uploads --host app-primary {UPLOADS} </dev/null
  sleep {SECONDS_BETWEEN}
done
"""


def keep_snapshotting(primary: Machine, restic_password: str) -> None:
    """Start the schedule unless it runs; it ends with the host."""
    primary.keep_running("snapshots", _LOOP, env={"RESTIC_PASSWORD": restic_password})
