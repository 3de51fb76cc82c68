"""Questions that the tests of the lab's content ask its hosts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from stormproof.core.ports import Completed
from stormproof.lab.lab import Lab
from stormproof.lab.lab_secrets import NAMES

WAIT_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class LabUnderTest:
    lab: Lab
    folder: Path

    def run(self, host: str, script: str, env: dict[str, str] | None = None) -> Completed:
        return self.lab.host(host).run(script, env=env, timeout_seconds=120.0)

    def check(self, host: str, script: str, env: dict[str, str] | None = None) -> str:
        return self.lab.host(host).check(script, env=env, timeout_seconds=120.0).strip()

    def ask(self, sql: str) -> str:
        """One question to production as its superuser."""
        return self.check("app-primary", f'exec /usr/lib/postgresql/15/bin/psql -XAtq -d shop -c "{sql}"')

    def secrets(self) -> dict[str, str]:
        return {name: (self.folder / "keys" / name).read_text().strip() for name in NAMES}

    def schema(self) -> str:
        """Every definition and grant in the shop, as pg_dump prints them."""
        text = self.check("app-primary", "/usr/lib/postgresql/15/bin/pg_dump -s shop")
        return "\n".join(
            sorted(
                line for line in text.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))
            )
        )

    def last_acknowledged(self) -> int:
        return int(self.check("app-web", "tail -n 1 /var/lib/stormproof-app/acknowledged").split()[0])

    def wait_for_more(self, count: int) -> None:
        """Until `count` more heartbeats are acknowledged."""
        wanted = self.last_acknowledged() + count
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while self.last_acknowledged() < wanted:
            assert time.monotonic() < deadline, "the heartbeat stands still"
            time.sleep(0.1)


def acknowledged(text: str) -> set[int]:
    return {int(line.split()[0]) for line in text.splitlines()}
