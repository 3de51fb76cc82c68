"""The provider's own arguments: region, account, default tags. Values come as JSON texts where they are no strings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.argument_types import Scalar
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.clients import DEFAULT_ACCOUNT, loopback_endpoint
from stormproof.lab.aws.provider.strictness import Mistake, check_block

# The engine's own: which plugin, and from where.
_ENGINES = frozenset({"version", "pluginDownloadURL", "pluginChecksums", "__internal"})


@dataclass(frozen=True)
class Configuration:
    region: str
    account: str = DEFAULT_ACCOUNT
    default_tags: Mapping[str, str] = field(default_factory=dict)


def read_values(catalogue: Catalogue, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with their JSON texts read, without the engine's own."""
    declared = catalogue.provider_properties()
    values = {}
    for name, value in given.items():
        if name in _ENGINES:
            continue
        texts = name in declared and declared[name].kind == Scalar("string")
        values[name] = value if texts or wire.is_unknown(value) else _json(value)
    return values


def check(catalogue: Catalogue, given: Mapping[str, Any]) -> list[Mistake]:
    """Every mistake in the provider's arguments."""
    return check_block(catalogue, catalogue.provider_properties(), read_values(catalogue, given))


def configure(catalogue: Catalogue, given: Mapping[str, Any], fallback_region: str) -> Configuration:
    """Raises Refused where an endpoint is not loopback, or the account is not allowed."""
    values = read_values(catalogue, given)
    for endpoint in values.get("endpoints") or []:
        for url in endpoint.values():
            loopback_endpoint(url)
    region = values.get("region") or fallback_region
    if not region or wire.is_unknown(region):
        raise Refused(
            "the provider has no region", where="configuration of the aws provider",
            fix="pulumi config set aws:region eu-central-1",
        )  # fmt: skip
    tags = (values.get("defaultTags") or {}).get("tags") or {}
    return Configuration(str(region), _account(values), dict(tags))


def _account(values: Mapping[str, Any]) -> str:
    """The account to be in: the assumed role's, else the first one allowed, else moto's own."""
    allowed = [str(account) for account in values.get("allowedAccountIds") or []]
    roles = [role["roleArn"] for role in values.get("assumeRoles") or [] if role.get("roleArn")]
    account = roles[-1].split(":")[4] if roles else allowed[0] if allowed else DEFAULT_ACCOUNT
    if allowed and account not in allowed:
        raise Refused(
            f"account {account} is not among the allowed ones ({', '.join(allowed)})",
            where="allowedAccountIds and assumeRoles of the aws provider",
            fix="assume a role of an allowed account",
        )
    if account in {str(forbidden) for forbidden in values.get("forbiddenAccountIds") or []}:
        raise Refused(
            f"account {account} is forbidden", where="forbiddenAccountIds of the aws provider",
            fix="use another account",
        )  # fmt: skip
    return account


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
