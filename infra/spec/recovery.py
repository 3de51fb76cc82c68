"""The isolated recovery environment: where backups are restored to, and nothing gets out of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from infra.spec.base import Spec

# Last parts of names that the recovery layer, the duties and their boundaries agree on.
RESTORE_ROLE, VERIFIER = "restore", "verifier"
BOUNDARY_RECOVERY = "boundary-recovery"
DRILL = "drill"  # what a drill makes is called PROJECT-ENVIRONMENT-drill-…
RESTORABLE = ("DynamoDB", "EFS", "RDS", "S3")  # kinds of AWS Backup that have a place to be restored to
# What whoever checks restored data needs of AWS.
Endpoint = Literal["kms", "logs", "secretsmanager", "sts"]
ENDPOINTS: tuple[Endpoint, ...] = ("kms", "logs", "secretsmanager", "sts")


class RestoreTestingSpec(Spec):
    """AWS's own restore tests, between drills, in the recovery environment.

    Buys: a restore of every kind each week without anybody's hands. Costs AWS's fee for each test (US$ 1.50 for a database
    or a table) and the restored resources' hours (about US$ 1 for a small database and a day). Cheaper: `enabled: false`,
    and drills alone.

    Args:
        enabled: false: none.
        schedule: as AWS writes them, UTC.
        start_hours: within how many hours of it a test may begin.
        kinds: as AWS Backup calls them.
        window_days: points not older than this are tested.
        validation_hours: how long a restored resource stands for the checks, before AWS deletes it.
    """

    enabled: bool = True
    schedule: str = "cron(0 6 ? * TUE *)"
    start_hours: int = Field(default=8, ge=1, le=168)
    window_days: int = Field(default=7, ge=1, le=365)
    validation_hours: int = Field(default=4, ge=1, le=168)
    kinds: tuple[str, ...] = RESTORABLE

    @field_validator("kinds")
    @classmethod
    def _testable(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for kind in kinds:
            if kind not in RESTORABLE:
                raise ValueError(
                    f"{kind}: where it would be restored to is not declared; one of {', '.join(RESTORABLE)}"
                )
        return kinds


class RecoverySpec(Spec):
    """The recovery environment.

    Args:
        same_account: production's own account holds it too. Saves an account, and brings the database's replicated
            point-in-time backups within reach (RPO of minutes instead of the copies' hours). Weaker: only names, tags and
            a boundary keep a drill from production, where an account of its own does so by itself. Refused in
            production unless it is said.
        drill_running: VPC interface endpoints, which cost about US$ 8 a month, zone and service: set it while a drill runs
            (`pulumi config set --path stormproof:recovery.drillRunning true`, `up`), and take it back afterwards. Without
            them whoever verifies reaches restored databases, and nothing of AWS.
        endpoints: services that are reached so while a drill runs.
        database_port: of restored databases.
        verifier_user: PostgreSQL user that the verifier logs in as, by IAM; the same that the drill runner has.
    """

    same_account: bool = False
    drill_running: bool = False
    endpoints: tuple[Endpoint, ...] = ENDPOINTS
    database_port: int = Field(default=5432, ge=1024, le=65535)
    verifier_user: str = Field(default="stormproof_drill", pattern=r"^[a-z_][a-z0-9_]{0,62}$")
    restore_testing: RestoreTestingSpec = RestoreTestingSpec()
