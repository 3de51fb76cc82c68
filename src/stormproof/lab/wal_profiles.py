"""How WAL reaches the vault: three ways, what each costs and buys. Numbers: docs/measurement.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stormproof.core.errors import Refused

# Without a stream the timeout is the bound of the loss. With one it only bounds how long the archive lags behind: each
# segment more is one more fetch in a recovery (0.2 to 0.6 s over ssh), so it is longer.
ARCHIVE_TIMEOUT_SECONDS = 10
ARCHIVE_TIMEOUT_BESIDE_STREAM_SECONDS = 60
STREAM_SLOT = "vault"
STREAM_NAME = "vault"  # application_name of the receiver; what synchronous_standby_names waits for


class WalProfile(StrEnum):
    """ARCHIVE: each segment is pushed before the next; loss up to the archive timeout plus one push.
    ASYNC: pushed by workers ahead of need; cheaper under load, loss up to timeout plus their delay.
    STREAM: archive, and beside it every record as it is written; loss about one heartbeat.
    """

    ARCHIVE = "archive"
    ASYNC = "async"
    STREAM = "stream"

    @classmethod
    def named(cls, name: str) -> WalProfile:
        """Raises Refused for a name that is none of the three."""
        try:
            return cls(name)
        except ValueError as error:
            raise Refused(
                f"no WAL profile is called '{name}'",
                where="--profile",
                fix=f"use one of: {', '.join(cls)}",
                code="SP102",
            ) from error


@dataclass(frozen=True, slots=True)
class WalShipping:
    """A profile with its one option. `synchronous`: a commit is acknowledged once the vault has it (stream only)."""

    profile: WalProfile
    synchronous: bool = False

    def __post_init__(self) -> None:
        if self.synchronous and self.profile is not WalProfile.STREAM:
            raise Refused(
                f"profile '{self.profile}' cannot be synchronous: nothing streams",
                where="--synchronous",
                fix="use --profile stream with it",
                code="SP102",
            )

    @property
    def streams(self) -> bool:
        return self.profile is WalProfile.STREAM

    def postgres_settings(self) -> dict[str, str]:
        """For production's conf.d; archiving is on in every profile, because the archive is what backups need."""
        timeout_seconds = ARCHIVE_TIMEOUT_BESIDE_STREAM_SECONDS if self.streams else ARCHIVE_TIMEOUT_SECONDS
        return {
            "wal_level": "replica",
            "archive_mode": "on",
            "archive_command": "pgbackrest --stanza=main archive-push %p",
            "archive_timeout": f"{timeout_seconds}s",
            "max_wal_senders": "10",
            "max_replication_slots": "10",
            # A slot must not fill production's disk when the vault is away for long.
            "max_slot_wal_keep_size": "1GB",
            "synchronous_standby_names": STREAM_NAME if self.synchronous else "",
        }

    def pgbackrest_settings(self) -> dict[str, str]:
        """For production's pgbackrest.conf, [global]."""
        if self.profile is not WalProfile.ASYNC:
            return {}
        return {"archive-async": "y", "spool-path": "/var/spool/pgbackrest", "process-max": "2"}
