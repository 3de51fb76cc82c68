"""The guardrails, attached; the organisation itself where this program keeps it; and what is delegated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import backup, guardduty, iam, inspector2, organizations, securityhub

from infra.components.organisation.guardrails import resource_control_policy, service_control_policies
from infra.context import Component, Context

SERVICE, RESOURCE = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
# Services that must be trusted by the organisation for what is declared here and in the accounts.
TRUSTED = (
    "access-analyzer.amazonaws.com", "account.amazonaws.com", "backup.amazonaws.com", "cloudtrail.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com", "config.amazonaws.com", "guardduty.amazonaws.com", "iam.amazonaws.com",
    "inspector2.amazonaws.com", "malware-protection.guardduty.amazonaws.com", "ram.amazonaws.com",
    "securityhub.amazonaws.com", "sso.amazonaws.com",
)  # fmt: skip
# What the log account administers; detectors and findings have calls of their own.
DELEGATED = (
    "access-analyzer.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
    "config.amazonaws.com",
)


class Organisation(Component):
    """Only where `organisation.manage`. `.ready`: what policies wait for."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Organisation", name, context, opts)
        self.ready: list[pulumi.Resource] = []
        if context.settings.organisation.manage:
            self.ready.append(
                organizations.Organization(
                    name,
                    feature_set="ALL",
                    enabled_policy_types=[SERVICE, RESOURCE],
                    aws_service_access_principals=list(TRUSTED),
                    opts=context.opts(self, stateful=True),
                )
            )
        self.register_outputs({})


class Guardrails(Component):
    """Policies and where they hold. `.names`: of all of them."""

    def __init__(
        self,
        name: str,
        context: Context,
        targets: Sequence[str],
        *,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Guardrails", name, context, opts)
        settings = context.settings
        self._targets, self._waits = targets, depends_on
        documents: Mapping[str, str] = service_control_policies(settings)
        for what, text in documents.items():
            self._attach(name, what, SERVICE, text)
        self.names = list(documents)
        spec = settings.organisation
        if spec.id is not None:
            what = "our-principals-only"
            self._attach(name, what, RESOURCE, resource_control_policy(spec.id, spec.trusted_accounts))
            self.names.append(what)
        self.register_outputs({"names": self.names})

    def _attach(self, name: str, what: str, kind: str, text: str) -> None:
        context = self.context
        policy = organizations.Policy(
            f"{name}-{what}",
            name=context.names.name(what),
            type=kind,
            content=text,
            description="A guardrail: see infra/components/organisation/guardrails.py",
            tags=context.tags(context.names.name(what)),
            opts=context.opts(self, guard=True, depends_on=self._waits),
        )
        for target in self._targets:
            organizations.PolicyAttachment(
                f"{name}-{what}-{target}",
                policy_id=policy.id,
                target_id=target,
                opts=context.opts(self, guard=True),
            )


class Delegation(Component):
    """What the log account administers for all, and what AWS Backup and IAM do across accounts."""

    def __init__(
        self,
        name: str,
        context: Context,
        *,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Delegation", name, context, opts)
        settings = context.settings
        if settings.administrator is not None:
            self._delegate(name, settings.administrator, depends_on)
        if settings.organisation.cross_account_backup:
            backup.GlobalSettings(
                f"{name}-backup",
                global_settings={"isCrossAccountBackupEnabled": "true"},
                opts=context.opts(self, guard=True, depends_on=depends_on),
            )
        if settings.organisation.central_root:
            iam.OrganizationsFeatures(
                f"{name}-root",
                enabled_features=["RootCredentialsManagement", "RootSessions"],
                opts=context.opts(self, guard=True, depends_on=depends_on),
            )
        self.register_outputs({})

    def _delegate(self, name: str, account: str, waits: Sequence[pulumi.Resource]) -> None:
        context = self.context
        for service in DELEGATED:
            organizations.DelegatedAdministrator(
                f"{name}-{service.partition('.')[0]}",
                account_id=account,
                service_principal=service,
                opts=context.opts(self, depends_on=waits),
            )
        for region in context.settings.regions.all:
            opts = context.opts(self, depends_on=waits)
            guardduty.OrganizationAdminAccount(
                f"{name}-guardduty-{region}", admin_account_id=account, region=region, opts=opts
            )
            securityhub.OrganizationAdminAccount(
                f"{name}-securityhub-{region}", admin_account_id=account, region=region, opts=opts
            )
            inspector2.DelegatedAdminAccount(f"{name}-inspector-{region}", account_id=account, region=region, opts=opts)
