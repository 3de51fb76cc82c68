"""A private copy of a few files of a pgBackRest repository, on the recovery host, for faults that must not touch the vault.

pgBackRest's own reading command brings the files as they lie there (a bundle, a segment, an encrypted manifest), so it works with
every kind of repository and with a credential that may only read. What is asked of the copy is asked by environment alone: the
very same scripts then meet the copy instead of the vault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stormproof.adapters.resource import resource
from stormproof.core.errors import Unverified
from stormproof.core.ports import Host

BOUND_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class PrivateRepository:
    """`paths`: what was copied, below `folder`/repository; `env` lets pgBackRest meet this repository and no other."""

    host: Host
    folder: str
    paths: tuple[str, ...]
    env: Mapping[str, str]

    def flip_bit(self, path: str, *, offset: int | None = None) -> None:
        """Raises CommandFailed, and what Host raises."""
        env = {"FILE": f"{self.folder}/repository/{path}", "OFFSET": "" if offset is None else str(offset)}
        self.host.check(resource("flip_bit.sh"), env=env, timeout_seconds=60)


def private_repository(
    host: Host, *, folder: str, stanza: str, paths: Sequence[str], env: Mapping[str, str]
) -> PrivateRepository:
    """Copy files of the host's configured repository; may be called again for more files.

    Args:
        paths: as `repo-get` names them (`backup/STANZA/…`); a `*` at the end stands for the rest of a name.
        env: the passphrase.

    Raises Unverified when one cannot be had, and what Host raises.
    """
    variables = {**env, "FOLDER": folder, "STANZA": stanza, "PATHS": "\n".join(paths)}
    done = host.run(resource("private_repository.sh"), env=variables, timeout_seconds=BOUND_SECONDS)
    if done.status != 0:
        said = "".join(c if c.isprintable() else " " for c in done.stderr)
        raise Unverified(
            f"files of the repository could not be copied (status {done.status}): {' '.join(said.split())[-300:]}",
            where=f"{host.name}: {stanza}",
            fix="may the recovery host's credential read them? try `pgbackrest repo-get --raw` there",
            code="SP535",
        )
    came = tuple(line.removeprefix("path ") for line in done.stdout.splitlines() if line.startswith("path "))
    private = {"PGBACKREST_CONFIG": f"{folder}/pgbackrest.conf", "PGBACKREST_CONFIG_INCLUDE_PATH": f"{folder}/include"}
    return PrivateRepository(host, folder, came, {**env, **private})
