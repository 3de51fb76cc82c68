"""Backups: rungs (when, how long, copied where), classes made of them, vaults' locks. What could not hold is refused here.

A resource chooses its class by the tag `backup`, and nothing else. Lifetimes outside a vault's lock, an RPO that the
schedule itself cannot keep, or a lock that nobody can ever take away are mistakes of configuration, found before AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from infra.spec.base import Spec
from infra.spec.rungs import CONTINUOUS_RPO, Rung, default_rungs
from infra.spec.vaults import AirGappedSpec, LocksSpec, Vault
from stormproof.core.infra.aws_schedule import BadSchedule
from stormproof.core.infra.backup_arithmetic import LockBounds
from stormproof.core.units import Duration, format_duration

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=20)]
# AWS: UpdateRegionSettings. Every kind is named, since AWS hands all of them back.
KINDS = (
    "Aurora", "CloudFormation", "DSQL", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS",
    "Redshift", "Redshift Serverless", "S3", "SAP HANA on Amazon EC2", "Storage Gateway", "VirtualMachine",
)  # fmt: skip
# AWS: what may be managed fully, its points then having the vault's key. DynamoDB and EFS must be asked for; the others are
# always so, and named since AWS hands them back as well.
FULLY_MANAGED = ("CloudFormation", "DSQL", "DynamoDB", "EFS")


class BackupClass(Spec):
    """What a resource chooses by its tag `backup`: a plan of one or more rungs.

    Args:
        rungs: names of rungs; the most frequent one decides the RPO.
        rpo: the most that may be lost, counted to the newest point that is complete and copied. Refused where the rungs
            cannot keep it: interval, start window of an hour, and both durations.
        backup_duration, copy_duration: how long a backup and its copies take at most, as measured. They are part of the RPO.
    """

    rungs: tuple[Name, ...] = Field(min_length=1)
    rpo: Duration
    backup_duration: Duration = timedelta(hours=2)
    copy_duration: Duration = timedelta(hours=2)


def default_classes() -> dict[str, BackupClass]:
    hour = timedelta(hours=1)
    return {
        "continuous": BackupClass(
            rungs=("continuous", "monthly"), rpo=CONTINUOUS_RPO, backup_duration=hour, copy_duration=hour
        ),
        "hourly": BackupClass(
            rungs=("hourly", "daily", "monthly"), rpo=4 * hour, backup_duration=hour, copy_duration=hour
        ),
        "daily": BackupClass(rungs=("daily", "weekly", "monthly"), rpo=30 * hour),
        "weekly": BackupClass(rungs=("weekly", "monthly"), rpo=timedelta(days=8)),
        "monthly": BackupClass(rungs=("monthly",), rpo=timedelta(days=32)),
    }


class BackupSpec(Spec):
    """Backups of one environment.

    Args:
        rungs, classes: by name. Those that are given stand beside ours, or in place of one of the same name.
        opt_in: kinds of resources that AWS Backup may take; a kind that is left out is passed over in silence by AWS.
        air_gapped: see AirGappedSpec.
        framework: AWS Backup's audit of the above, each day. About US$ 1.25 for a thousand evaluations. Cheaper: false;
            `stormproof audit` asks the same of the live account.
        reports: daily reports of jobs into a bucket, as evidence. Costs what some MB cost. Cheaper: false.
        audited_kinds: what framework asks about.
    """

    rungs: Mapping[Name, Rung] = Field(default_factory=default_rungs)
    classes: Mapping[Name, BackupClass] = Field(default_factory=default_classes)
    locks: LocksSpec = LocksSpec()
    air_gapped: AirGappedSpec | None = None
    opt_in: tuple[str, ...] = ("Aurora", "DynamoDB", "EBS", "EC2", "EFS", "RDS", "S3")
    framework: bool = True
    reports: bool = True
    audited_kinds: tuple[str, ...] = ("DynamoDB", "EFS", "RDS", "S3")

    @field_validator("rungs", mode="before")
    @classmethod
    def _beside_our_rungs(cls, given: Any) -> Any:
        return {**default_rungs(), **given} if isinstance(given, Mapping) else given

    @field_validator("classes", mode="before")
    @classmethod
    def _beside_our_classes(cls, given: Any) -> Any:
        return {**default_classes(), **given} if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _holds(self) -> Self:
        for kind in (*self.opt_in, *self.audited_kinds):
            if kind not in KINDS:
                raise ValueError(f"AWS Backup has no kind {kind!r}; one of {', '.join(KINDS)}")
        for name, rung in self.rungs.items():
            self._rung_holds(name, rung)
        for name, one in self.classes.items():
            self._class_holds(name, one)
        return self

    def _rung_holds(self, name: str, rung: Rung) -> None:
        ends = [(Vault.PRIMARY, rung.keep_days), *((to.vault, days) for to, days in rung.copies.items())]
        for vault, days in ends:
            bounds = self.bounds(vault)
            if bounds is None:
                raise ValueError(
                    f"rungs.{name} copies into an air-gapped vault, and there is none: set backup.airGapped"
                )
            problem = bounds.problem(days)
            if problem is not None:
                raise ValueError(f"rungs.{name} would make no backup in the vault '{vault.value}': {problem}")

    def _class_holds(self, name: str, one: BackupClass) -> None:
        for rung in one.rungs:
            if rung not in self.rungs:
                raise ValueError(f"classes.{name} has the rung {rung!r}; there are {', '.join(self.rungs)}")
        try:
            worst = self.worst_rpo(name)
        except BadSchedule as error:
            raise ValueError(f"classes.{name}: {error}") from None
        if worst > one.rpo:
            raise ValueError(
                f"classes.{name} promises an RPO of {format_duration(one.rpo)} and may lose {format_duration(worst)} "
                "(interval, start window of at least an hour, duration of backup and copy): back up more often, promise "
                "less, or below two hours leave it to the store's own point-in-time recovery"
            )

    def bounds(self, vault: Vault) -> LockBounds | None:
        """The lifetimes that a vault takes; None where there is no such vault."""
        match vault:
            case Vault.PRIMARY:
                return self.locks.primary.bounds
            case Vault.RECOVERY:
                return self.locks.recovery.bounds
            case Vault.VAULT:
                return self.locks.vault.bounds
            case Vault.AIR_GAPPED:
                return None if self.air_gapped is None else self.air_gapped.bounds

    def rungs_of(self, name: str) -> dict[str, Rung]:
        """Raises KeyError."""
        return {rung: self.rungs[rung] for rung in self.classes[name].rungs}

    def worst_rpo(self, name: str) -> timedelta:
        """The most that a class may lose, by its best rung. Raises KeyError, BadSchedule."""
        one = self.classes[name]
        return min(rung.worst_rpo(one.backup_duration, one.copy_duration) for rung in self.rungs_of(name).values())

    def worst_rpo_elsewhere(self, name: str) -> timedelta | None:
        """The same once the whole region is gone: by copies alone; None where nothing is copied. Raises KeyError."""
        one = self.classes[name]
        found = [
            rung.worst_rpo_of_copies(one.backup_duration, one.copy_duration)
            for rung in self.rungs_of(name).values()
            if rung.copies
        ]
        return min(found, default=None)

    def is_continuous(self, name: str) -> bool:
        """Whether a class has a continuous rung: never for RDS, whose point-in-time recovery is its own."""
        return any(rung.continuous for rung in self.rungs_of(name).values())

    def problem_of(self, kind: str, name: str, rpo: timedelta, *, point_in_time: timedelta | None = None) -> str | None:
        """Why a store of one kind cannot be backed up by a class; None where it can.

        Args:
            kind: as AWS Backup calls it (`RDS`).
            rpo: what its tag promises.
            point_in_time: how far back its own point-in-time recovery lies at worst; None where it has none.
        """
        if name not in self.classes:
            return f"there is no backup class {name!r}; one of {', '.join(self.classes)}"
        if kind in ("RDS", "Aurora") and self.is_continuous(name):
            return (
                f"class {name!r} is continuous: AWS Backup would take over the database's own point-in-time recovery, and "
                "refuse changes of its retention; choose one of snapshots"
            )
        if kind not in self.opt_in:
            return f"AWS Backup would pass it over: add {kind} to backup.optIn"
        worst = min(self.worst_rpo(name), point_in_time if point_in_time is not None else timedelta.max)
        if worst > rpo:
            return f"it promises an RPO of {format_duration(rpo)}, and class {name!r} may lose {format_duration(worst)}"
        return None

    def compliance_locked(self) -> list[str]:
        """What could never be taken away again, in words."""
        found = [
            f"locks.{name} has changeableForDays"
            for name in ("primary", "recovery", "vault")
            if getattr(self.locks, name).changeable_for_days is not None
        ]
        return found + (["airGapped is compliance-locked"] if self.air_gapped is not None else [])

    def check_acknowledged(self, *, acknowledged: bool) -> None:
        """Raises ValueError."""
        found = self.compliance_locked()
        if found and not acknowledged:
            raise ValueError(
                f"backup: {' and '.join(found)}: after its days nobody can take such a lock away, AWS neither, and all it "
                "keeps is paid for until its time is over; take it out, or, once who pays has agreed, set "
                "stormproof:acknowledgeComplianceLock to true"
            )
