"""Who may do what, and who may never."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from infra.spec.base import Spec


class Duty(StrEnum):
    """Roles that people take, and one that a schedule takes: none of them holds another's rights."""

    OPERATOR = "operator"  # runs the service: looks, restarts, starts backups; reads no customer's data
    DRILL_RUNNER = "drill-runner"  # restores into the recovery environment, and takes away what it made there
    AUDITOR = "auditor"  # sees how everything is set, and the audit logs; reads no data, changes nothing
    BREAK_GLASS = "break-glass"  # when all else fails; each use is an alarm
    KEY_ADMINISTRATOR = "key-administrator"  # administers keys, and can decrypt nothing with them


PRODUCTION_ENVIRONMENT = "production"
LayerName = Literal[
    "organisation", "account", "vault", "primary", "recovery"
]  # as in spec/settings.py, which needs this
# Layers whose deploy role has a protected environment of its own: who deploys the service cannot reach these.
APART: Final = ("organisation", "vault")


class IdentityCenter(Spec):
    """People come through IAM Identity Center; MFA is set there (its settings → authentication, or the identity source).

    Buys: one directory, MFA for everybody, leavers lose everything at once. Costs nothing. Fallback: `people`.

    Args:
        instance_arn: `arn:aws:sso:::instance/ssoins-…`.
        groups: duty -> id of the group that has it. People are put into groups there, never here.
        session_hours: how long a sign-in to a duty holds.
    """

    instance_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sso:::instance/(sso)?ins-[0-9a-zA-Z]{16}$")]
    groups: Mapping[Duty, Annotated[str, Field(min_length=10)]]
    session_hours: Annotated[int, Field(ge=1, le=12)] = 4


class Pipeline(Spec):
    """CI takes its roles by OIDC, without a key that could be stolen. Costs nothing.

    Args:
        repository: `owner/name`, without a wildcard.
        issuer, audience: whose tokens, and made for whom; as they are for GitHub.
        preview_environment: whose jobs may take the role that only looks. Keep it from pull requests of forks.
        environments: layer -> the protected environment (required reviewers, chosen branches) that deploys it.
            Without an entry: `production`; for the vault and the organisation `production-vault`, `production-organisation`.
        drill_environment: whose jobs may take the drill runner's role; null: none may.
    """

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
    issuer: Annotated[str, Field(pattern=r"^[a-z0-9.-]+(/[A-Za-z0-9._/-]+)?$")] = "token.actions.githubusercontent.com"
    audience: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:/_-]+$")] = "sts.amazonaws.com"
    preview_environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] = "preview"
    environments: Mapping[LayerName, Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]] = {}
    drill_environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] | None = "drills"

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.environment("vault") == self.environment("primary"):
            raise ValueError(
                "environments: the vault's layer and the primary's share an environment, so one approval reaches "
                "the backups too: give vault another"
            )
        looking = {self.preview_environment, self.drill_environment}
        if looking & {self.environment(layer) for layer in get_args(LayerName)}:
            raise ValueError("environments: preview and drills need environments that deploy nothing")
        return self

    def environment(self, layer: str) -> str:
        """The protected environment whose jobs deploy a layer."""
        default = f"{PRODUCTION_ENVIRONMENT}-{layer}" if layer in APART else PRODUCTION_ENVIRONMENT
        named = {str(key): value for key, value in self.environments.items()}
        return named.get(layer, default)

    def subject(self, environment: str) -> str:
        """The `sub` of a token of a job in an environment."""
        return f"repo:{self.repository}:environment:{environment}"


class AccessSpec(Spec):
    """Who may do what, and who may never.

    Args:
        identity_center: null: people come by IAM with MFA (`people`).
        people: ARNs that may take a duty with MFA, where there is no Identity Center: roles of an account for
            identities. Empty: whoever the account's own policies let, with MFA.
        mfa_minutes: how old a sign-in with MFA may be. Not for CI nor services: their sessions never carry MFA.
        break_glass_minutes: the same for break-glass.
        pipeline: null: no CI may look or deploy; people do.
        state_bucket: where Pulumi keeps its state, if in S3: pipelines may read it, deploying ones write it.
        lock_min_days: no deploy role may set a vault's lock that keeps backups for less.
        unused_access: an analyzer of rights that nobody uses. Buys the list for the quarterly review (statement 7-c).
            Costs about US$ 0.20 a role and month. Fallback: false, and IAM's last-accessed data by hand.
        unused_days: after how many days a right counts as unused.
    """

    identity_center: IdentityCenter | None = None
    people: tuple[Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:[^*]+$")], ...] = ()
    mfa_minutes: Annotated[int, Field(ge=5, le=720)] = 60
    break_glass_minutes: Annotated[int, Field(ge=5, le=60)] = 15
    pipeline: Pipeline | None = None
    state_bucket: Annotated[str, Field(pattern=r"^[a-z0-9.-]{3,63}$")] | None = None
    lock_min_days: Annotated[int, Field(ge=1, le=3650)] = 7
    unused_access: bool = True
    unused_days: Annotated[int, Field(ge=1, le=365)] = 90
