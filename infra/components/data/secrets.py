"""Random secrets of the application: no value in any state, renewed by a function, read by one role."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import lambda_, secretsmanager

from infra.components.data.function import Code, Function
from infra.components.documents import deny, document, statement
from infra.components.key_policy import BREAK_GLASS
from infra.context import Component, Context
from infra.spec.data import SecretsSpec
from infra.spec.settings import DataClass

ROTATION = "rotation"
SERVICE = "secretsmanager.amazonaws.com"
RECOVERY_DAYS = 30  # AWS: the longest
READS = ("secretsmanager:GetSecretValue",)


class Secrets(Component):
    """The secrets and their rotation. `names` is computed; values come from the first rotation.

    Args:
        key_arn: of restricted data. internal_key_arn: for the function.
        application: ARN of the role that reads them.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: SecretsSpec,
        *,
        subnet_ids: Sequence[pulumi.Input[str]],
        group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        internal_key_arn: pulumi.Input[str],
        application: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Secrets", name, context, opts)
        self.names: list[str] = [context.names.name(one) for one in spec.names]
        names, place = context.names, context.place
        arns = [names.secret_arn(one, place) for one in spec.names]
        function = Function(
            ROTATION,
            context,
            Code(
                package="rotation",
                description="Renews random secrets",
                statements=rotation_statements(arns, place.region),
            ),
            subnet_ids=subnet_ids,
            group_id=group_id,
            key_arn=internal_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        admitted = lambda_.Permission(
            f"{name}-rotation",
            action="lambda:InvokeFunction",
            function=function.function.name,
            principal=SERVICE,
            source_account=place.account,
            region=place.region,
            opts=context.opts(self),
        )
        readers = (application, names.role_arn(ROTATION, place), names.role_arn(BREAK_GLASS, place))
        for one in spec.names:
            self._secret(one, spec, key_arn, secret_policy(readers), function, admitted)
        self.register_outputs({"names": self.names})

    def _secret(
        self,
        what: str,
        spec: SecretsSpec,
        key_arn: pulumi.Input[str],
        policy: str,
        function: Function,
        admitted: lambda_.Permission,
    ) -> None:
        context, region = self.context, self.context.place.region
        called = context.names.name(what)
        secret = secretsmanager.Secret(
            f"secret-{what}",
            name=called,
            description="Random; made and renewed by rotation",
            kms_key_id=key_arn,
            recovery_window_in_days=0 if context.disposable else RECOVERY_DAYS,
            region=region,
            tags=context.tags(called, data_class=DataClass.RESTRICTED),
            opts=context.opts(self, stateful=True, named=True),
        )
        guard = secretsmanager.SecretPolicy(
            f"secret-{what}-policy",
            secret_arn=secret.arn,
            policy=policy,
            block_public_policy=True,
            region=region,
            opts=context.opts(self, guard=True),
        )
        secretsmanager.SecretRotation(
            f"secret-{what}-rotation",
            secret_id=secret.id,
            rotation_lambda_arn=function.function.arn,
            rotation_rules={"automatically_after_days": spec.rotation_days},
            region=region,
            opts=context.opts(self, guard=True, depends_on=[admitted, guard]),
        )


def secret_policy(readers: Sequence[str]) -> str:
    """Whatever an identity's policy says: nobody else in the account reads it."""
    return document(
        deny("ReadersAlone", READS, "*", principals="*", conditions={"ArnNotEquals": {"aws:PrincipalArn": readers}})
    )


def rotation_statements(arns: Sequence[str], region: str) -> list[dict[str, object]]:
    """What renewing takes, of these secrets alone."""
    return [
        statement(
            "TheseSecrets",
            ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
             "secretsmanager:UpdateSecretVersionStage"),
            arns,
        ),
        statement("Random", "secretsmanager:GetRandomPassword"),
        statement(
            "TheirKey", ("kms:Decrypt", "kms:GenerateDataKey"),
            conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}},
        ),
    ]  # fmt: skip
