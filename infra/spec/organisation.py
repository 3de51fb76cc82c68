"""Guardrails that only the organisation's management account can set."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.spec.base import Spec

Target = Annotated[str, Field(pattern=r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})$")]
Account = Annotated[str, Field(pattern=r"^\d{12}$")]


class OrganisationSpec(Spec):
    """Guardrails that only the organisation's management account can set; they hold against every administrator below.

    All of them cost nothing. The fallback for each is the same: the boundaries and resource policies of one account, which
    its own administrators can take away.

    Args:
        id: `o-…`. With it, a resource control policy keeps buckets, keys and secrets for the organisation's principals.
        targets: root, units or accounts that the guardrails are attached to. Empty: the accounts of the settings. The
            management account itself is never bound by them (AWS).
        trusted_accounts: outside the organisation, and still let to buckets, keys and secrets: a load balancer's log
            account in an old region, a partner. Each belongs into the register (statement 6-a).
        manage: declare the organisation itself, with policy types and trusted services switched on. False where it exists
            and another program declares it.
        delegate: let the log account administer detectors, findings and analyzers of all accounts. It cannot be the
            management account (AWS).
        members: of whom: `all` accounts, only `new` ones, or `none`. Buys detectors, standards and scans in an account
            that somebody opens and nobody declares, the same features everywhere, and all findings in one place. Costs
            nothing for the accounts declared here; for each further one what GuardDuty, Security Hub and Inspector cost
            there (US$ 10 to 60 a month). Fallback: `none`, and every account by its own stack: that is what it is until
            each account's stack is up for the first time, since AWS makes a detector once.
        central_root: AWS keeps the accounts' root credentials away, and lets one unlock single things when it must be.
        cross_account_backup: let AWS Backup copy between the organisation's accounts. Without it no copy reaches the vault.
        encrypted_only: nobody makes a disk, database or file system without encryption, nor an instance with the old
            metadata service.
    """

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")] | None = None
    targets: tuple[Target, ...] = ()
    trusted_accounts: tuple[Account, ...] = ()
    manage: bool = False
    delegate: bool = True
    members: Literal["all", "new", "none"] = "all"
    central_root: bool = True
    cross_account_backup: bool = True
    encrypted_only: bool = True

    @model_validator(mode="after")
    def _of_use(self) -> Self:
        if self.trusted_accounts and self.id is None:
            raise ValueError("trusted_accounts: exempt from nothing while `id` is not set")
        return self
