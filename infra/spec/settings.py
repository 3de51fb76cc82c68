"""What one stack is told: where it lies, which layer it declares, and every switch. Pure; read once by `infra.config`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from infra.naming import Names, Place
from infra.spec.access import AccessSpec
from infra.spec.backup import BackupSpec
from infra.spec.base import Spec
from infra.spec.data import DataSpec
from infra.spec.detection import DetectionSpec
from infra.spec.edge import EdgeSpec
from infra.spec.egress import EgressSpec
from infra.spec.keys import KeysSpec
from infra.spec.network import NetworkSpec
from infra.spec.organisation import OrganisationSpec
from infra.spec.patching import PatchingSpec
from infra.spec.recovery import RecoverySpec


def _text(pattern: str, wanted: str) -> Any:
    """A text of one form; `wanted` says which, for a person."""
    form = re.compile(pattern)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(f"{text!r} is no {wanted}")
        return text

    return AfterValidator(check)


Account = Annotated[str, _text(r"\d{12}", "account id: twelve digits, in quotation marks")]
Region = Annotated[str, _text(r"[a-z]{2}(-[a-z]+)+-\d", "region: as in eu-central-1")]
Email = Annotated[str, _text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "address for mail: as in security@example.com")]
Slug = Annotated[
    str,
    _text(r"(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", "name: lower-case letters, digits, single hyphens, 20 at most"),
]


class Layer(StrEnum):
    """A stack is environment × layer; each has its own state, deploy role and allowed account."""

    ORGANISATION = "organisation"  # guardrails: only the organisation's management account can set them
    ACCOUNT = "account"  # what an account has once: trail, recorder, detectors, defaults
    VAULT = "vault"  # backup copies, apart
    PRIMARY = "primary"  # the service itself
    RECOVERY = "recovery"  # where it is restored to, in another region


class DataClass(StrEnum):
    """How much harm a leak does; there is one key for each. Values are those of the tag `data-class`."""

    PUBLIC = "public"
    INTERNAL = "internal"  # logs, notices
    CONFIDENTIAL = "confidential"  # files of customers
    RESTRICTED = "restricted"  # databases, secrets


class Accounts(Spec):
    """Which account holds what; twelve digits each, in quotation marks.

    Args:
        workload: the service itself.
        recovery: where it is restored to. In production another one, unless `recovery.sameAccount` says otherwise.
        vault: backup copies. In production always another one than the workload's.
        log: audit logs of all the others. Without one they lie in the account that they tell of, which is reported.
        organisation: the management account of AWS Organizations: the layer `organisation` needs it. AWS takes it as
            administrator of no service, so it cannot be `log`.
    """

    workload: Account
    recovery: Account
    vault: Account
    log: Account | None = None
    organisation: Account | None = None

    @property
    def all(self) -> tuple[str, ...]:
        """Each of them once."""
        every = (self.workload, self.recovery, self.vault, self.log, self.organisation)
        return tuple(dict.fromkeys(one for one in every if one is not None))


AccountName = Literal["workload", "recovery", "vault", "log", "organisation"]


class Regions(Spec):
    """Where things lie.

    Args:
        primary: of the service.
        recovery: another one: recovery must survive the loss of the primary's.
        vault: of the backup copies; another one than the primary's, too.
        allowed: every region that may be used at all (residency). Left out: the three above.
    """

    primary: Region
    recovery: Region
    vault: Region
    allowed: tuple[Region, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.recovery == self.primary:
            raise ValueError(f"recovery: {self.primary} is the primary's region: recovery must survive its loss")
        if self.vault == self.primary:
            raise ValueError(f"vault: {self.primary} is the primary's region: backups must survive its loss")
        outside = {self.primary, self.recovery, self.vault} - set(self.allowed or self.all)
        if outside:
            raise ValueError(f"allowed: does not hold {', '.join(sorted(outside))}")
        return self

    @property
    def all(self) -> tuple[Region, ...]:
        """Every region that may be used."""
        return self.allowed or tuple(dict.fromkeys((self.primary, self.recovery, self.vault)))


class Settings(Spec):
    """One stack's settings. A switch's documentation says what it buys, what it costs, and the cheaper fallback.

    Args:
        project: short; part of every name.
        environment: `prod`, `staging`, `lab`.
        layers: what this stack declares: one layer, or (lab) `all` of them.
        owner: who answers for it: the tag `owner`.
        account_of: whose layer `account` this is: each account has a trail, detectors, defaults and roles of its own.
        disposable: the lab alone: nothing is protected, everything may be destroyed. Refused in prod.
        acknowledge_compliance_lock: nobody, AWS included, can shorten such a lock once it holds; so it is asked for twice.
        security_contact: where AWS, and whoever finds a weakness, writes to.
    """

    project: Slug
    environment: Slug
    layers: tuple[Layer, ...] = Field(min_length=1)
    owner: str = Field(min_length=2)
    security_contact: Email
    accounts: Accounts
    regions: Regions
    network: NetworkSpec
    recovery_network: NetworkSpec
    account_of: AccountName = "workload"
    disposable: bool = False
    acknowledge_compliance_lock: bool = False
    access: AccessSpec = AccessSpec()
    backup: BackupSpec = BackupSpec()
    data: DataSpec = DataSpec()
    detection: DetectionSpec = DetectionSpec()
    edge: EdgeSpec = EdgeSpec()
    egress: EgressSpec = EgressSpec()
    keys: KeysSpec = KeysSpec()
    organisation: OrganisationSpec = OrganisationSpec()
    patching: PatchingSpec = PatchingSpec()
    recovery: RecoverySpec = RecoverySpec()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.disposable and self.is_prod:
            raise ValueError("disposable: production is never disposable: leave it out, or choose another environment")
        if len(self.layers) > 1 and not self.disposable:
            raise ValueError(
                "layer: only a disposable stack joins all layers, others have one each: choose one of "
                + ", ".join(Layer)
            )
        if self.network.network.overlaps(self.recovery_network.network):
            raise ValueError(
                f"recoveryNetwork: {self.recovery_network.cidr} overlaps {self.network.cidr}: choose another block"
            )
        if getattr(self.accounts, self.account_of) is None:
            raise ValueError(f"accountOf: accounts.{self.account_of} is not set")
        if self.is_prod and self.accounts.vault == self.accounts.workload:
            raise ValueError("accounts.vault: in production the backups lie in an account of their own")
        if self.is_prod and self.accounts.recovery == self.accounts.workload and not self.recovery.same_account:
            raise ValueError(
                "accounts.recovery: is production's own account: give it one of its own, or set recovery.sameAccount to "
                "true, which is weaker"
            )
        if self.administrator is not None and self.administrator == self.accounts.organisation:
            raise ValueError(
                "accounts.log: the management account administers no detectors for the others (AWS): give logs an account "
                "of their own, or set organisation.delegate to false"
            )
        self.backup.check_acknowledged(acknowledged=self.acknowledge_compliance_lock)
        if Layer.PRIMARY in self.layers:
            self.edge.check_given(self.names)
            self.data.check_promises(self.backup)
        if Layer.ORGANISATION in self.layers and not self.disposable and self.accounts.organisation is None:
            raise ValueError("accounts.organisation: is missing, and only that account can set guardrails")
        return self

    @property
    def is_prod(self) -> bool:
        return self.environment.startswith("prod")

    @property
    def notice_emails(self) -> tuple[str, ...]:
        """Who is written to when something is wrong: those named, else the security contact."""
        return self.detection.emails or (self.security_contact,)

    @property
    def administrator(self) -> str | None:
        """The account that administers detectors, findings and analyzers of the organisation's accounts."""
        delegated = self.organisation.delegate and self.accounts.organisation is not None
        return self.accounts.log if delegated else None

    def is_member(self, account: str) -> bool:
        """Whether another account administers this one's detectors and findings."""
        return self.administrator not in (None, account) and self.organisation.members == "all"

    @property
    def names(self) -> Names:
        return Names(self.project, self.environment)

    def place(self, layer: Layer) -> Place:
        """Where a layer lies."""
        accounts, regions = self.accounts, self.regions
        where: Mapping[Layer, tuple[str, str]] = {
            Layer.ORGANISATION: (accounts.organisation or accounts.workload, regions.primary),
            Layer.ACCOUNT: (getattr(accounts, self.account_of), regions.primary),
            Layer.PRIMARY: (accounts.workload, regions.primary),
            Layer.RECOVERY: (accounts.recovery, regions.recovery),
            Layer.VAULT: (accounts.vault, regions.vault),
        }
        account, region = where[layer]
        return Place(account, region)
