"""A function of ours: its archive from this checkout, its role, its log group, and no second try behind our back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import lambda_

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.documents import deny, document, statement
from infra.components.log_group import log_group
from infra.context import Component, Context
from infra.spec.settings import DataClass

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
ROOT = "functions"  # the package in the archive, so that modules import each other there as they do here
RUNTIME = "python3.13"
MEMORY_MB = 256
EVENT_AGE_S = 60  # AWS: the shortest; an older event says nothing of now
# What Lambda itself does with the role to put the function into subnets. AWS: the function's own code needs none of it.
INTERFACES = (
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
)  # fmt: skip


@dataclass(frozen=True)
class Code:
    """What runs: a package below infra/functions, whose module `handler` has a function `handler`.

    Args:
        statements: what it may do, beside writing its own log.
        uses: other packages there that it imports.
        more: path in the archive below `functions/` -> file, beside the packages' modules.
        timeout: seconds.
    """

    package: str
    description: str
    statements: Sequence[Mapping[str, Any]]
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    uses: Sequence[str] = ()
    more: Mapping[str, Path] = field(default_factory=dict)
    timeout: int = 30


class Function(Component):
    """One function. `arn` is computed.

    Args:
        subnet_ids, group_id: where it runs; no subnets: outside of our network, with nothing of it in reach.
        key_arn: of internal data: for its environment and its log.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        code: Code,
        *,
        subnet_ids: Sequence[pulumi.Input[str]],
        group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Function", name, context, opts)
        place, called = context.place, context.names.name(name)
        self.name = called
        self.arn: str = context.names.function_arn(name, place)
        logs = log_group(self, context, name, key_arn)
        self.role = Role(
            name,
            context,
            trust=service_trust("lambda.amazonaws.com", place),
            policy=function_rights(
                self.arn, context.names.log_group_arn(name, place), code.statements, networked=bool(subnet_ids)
            ),
            limit=BOUNDARY_WORKLOAD,
            description=code.description,
            opts=context.opts(self),
        )
        self.function = lambda_.Function(
            f"{name}-function",
            name=called,
            description=code.description,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler=f"{ROOT}.{code.package}.handler.handler",
            code=archive(code),
            role=self.role.arn,
            timeout=code.timeout,
            memory_size=MEMORY_MB,
            reserved_concurrent_executions=1,
            environment={"variables": dict(code.environment)},
            kms_key_arn=key_arn,
            vpc_config={"subnet_ids": list(subnet_ids), "security_group_ids": [group_id]} if subnet_ids else None,
            # Text: a line of the embedded metric format must stand in the log as it was written
            logging_config={"log_format": "Text", "log_group": context.names.log_group(name)},
            region=place.region,
            tags=context.tags(called, data_class=DataClass.INTERNAL, tier="management"),
            opts=context.opts(self, named=True, depends_on=[logs, self.role]),
        )
        lambda_.FunctionEventInvokeConfig(
            f"{name}-invocation",
            function_name=self.function.name,
            maximum_event_age_in_seconds=EVENT_AGE_S,
            maximum_retry_attempts=0,
            region=place.region,
            opts=context.opts(self),
        )
        self.register_outputs({"arn": self.arn})


def archive(code: Code) -> pulumi.AssetArchive:
    """The packages' own modules, by name: nothing that a test or an editor left beside them, and nothing to build."""
    folders = [FUNCTIONS, *(FUNCTIONS / one for one in (code.package, *code.uses))]
    files = {
        str(path.relative_to(FUNCTIONS)): path
        for folder in folders
        for path in sorted(folder.glob("__init__.py" if folder == FUNCTIONS else "*.py"))
    }
    files |= code.more
    return pulumi.AssetArchive({f"{ROOT}/{name}": pulumi.FileAsset(str(path)) for name, path in files.items()})


def function_rights(
    arn: str, log_group_arn: str, statements: Sequence[Mapping[str, Any]], *, networked: bool = True
) -> str:
    """Its own statements, its own log, and Lambda's way into the network, which its code is refused."""
    network = [
        statement("IntoTheNetwork", INTERFACES),
        deny("NotByItsCode", INTERFACES, conditions={"ArnEquals": {"lambda:SourceFunctionArn": arn}}),
    ]
    own = statement("OwnLog", ("logs:CreateLogStream", "logs:PutLogEvents"), f"{log_group_arn}:*")
    return document(*statements, own, *(network if networked else []))
