"""Makes the heartbeat's table and login in a new database, and the verifier's login, as its master; once an hour, since it
may be repeated.

It is the one role that reads the master's secret. Beside the database it reaches Secrets Manager's endpoint and nothing
else, and its code is one SQL file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from infra.components.data.authorities import authorities
from infra.components.data.function import FUNCTIONS, Code, Function
from infra.components.data.schedule import Schedule
from infra.components.documents import statement
from infra.context import Component, Context

WHAT = "database-setup"
PACKAGE = "database_setup"
SCHEMA = f"{PACKAGE}/schema.sql"
EACH = "rate(1 hour)"  # the first begins at once, and finds the database still coming up, as a rule


class DatabaseSetup(Component):
    """Args: environment: where the database is, whose logins, and its master's secret, as the function reads them."""

    def __init__(
        self,
        context: Context,
        environment: Mapping[str, pulumi.Input[str]],
        *,
        database_arn: str,
        ca_bundle: str | None,
        subnet_ids: Sequence[pulumi.Input[str]],
        group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("DatabaseSetup", WHAT, context, opts)
        below = pulumi.ResourceOptions(parent=self)
        code = Code(
            package=PACKAGE,
            description="Makes the heartbeat's table and the logins of heartbeat and verifier",
            statements=setup_rights(context, database_arn),
            environment=environment,
            uses=["postgres"],
            more={SCHEMA: FUNCTIONS / SCHEMA, **authorities(ca_bundle)},
            timeout=60,
        )
        function = Function(
            f"{WHAT}", context, code, subnet_ids=subnet_ids, group_id=group_id, key_arn=key_arn, opts=below
        )
        Schedule(WHAT, context, function, EACH, event={}, opts=below)
        self.register_outputs({})


def setup_rights(context: Context, database_arn: str) -> list[dict[str, Any]]:
    """The master's secret of this database, whose name AWS makes up: told by the tag that RDS gives it."""
    place = context.place
    return [
        statement(
            "ThisMastersSecret", "secretsmanager:GetSecretValue", place.arn("secretsmanager", "secret:rds!db-*"),
            conditions={"StringEquals": {"secretsmanager:ResourceTag/aws:rds:primaryDBInstanceArn": database_arn}},
        ),
        statement(
            "ItsKey", "kms:Decrypt",
            conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}},
        ),
    ]  # fmt: skip
