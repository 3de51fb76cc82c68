"""The tables: resource types by service family, each row a Kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from stormproof.lab.aws.provider.kinds import Kind

# Each is a module of this package with KINDS. A family is imported when a type of it is first met.
_MODULES = {
    "account": ("account",),
    "accessanalyzer": ("account",),
    "acm": ("edge",),
    "backup": ("backup",),
    "cfg": ("detection",),
    "cloudtrail": ("detection",),
    "cloudwatch": ("watching",),
    "dynamodb": ("stores",),
    "ebs": ("account",),
    "ec2": ("vpc", "vpc_services", "vpc_traffic", "security_groups"),
    "ecr": ("account",),
    "efs": ("efs",),
    "guardduty": ("detection",),
    "iam": ("iam",),
    "inspector2": ("detection",),
    "kms": ("kms",),
    "lambda": ("functions",),
    "lb": ("edge",),
    "networkfirewall": ("filtering",),
    "organizations": ("organisation",),
    "rds": ("rds",),
    "route53": ("filtering",),
    "s3": ("s3", "s3_settings"),
    "scheduler": ("functions",),
    "secretsmanager": ("stores",),
    "securityhub": ("detection",),
    "sns": ("messages",),
    "sqs": ("messages",),
    "ssm": ("ssm",),
    "ssoadmin": ("organisation",),
    "vpc": ("security_groups",),
    "wafv2": ("edge",),
}


@cache
def _family(module: str) -> dict[str, Kind]:
    loaded = import_module(f"{__name__}.{module}")
    return {kind.token: kind for kind in loaded.KINDS}


def kind_of(token: str) -> Kind | None:
    """The row of this type; None if no table has it."""
    package = token.split(":")[1].split("/")[0] if token.count(":") == 2 else ""
    for module in _MODULES.get(package, ()):
        if token in (rows := _family(module)):
            return rows[token]
    return None


def all_kinds() -> Iterator[Kind]:
    """Every row of every table, each once."""
    for module in sorted({module for modules in _MODULES.values() for module in modules}):
        yield from _family(module).values()
