"""Names: what a URN says, and the name that the vendor's plugin gives what has none."""

from __future__ import annotations

import re

from stormproof.lab.aws.provider.kinds import Kind, Values

_SUFFIX_DIGITS = 7  # pulumi-aws: a dash and seven random hexadecimal digits
_LOWER = frozenset({"bucket", "identifier"})
_PREFIXES = {"bucket": "bucketPrefix", "identifier": "identifierPrefix", "statementId": "statementIdPrefix"}
_FIELD = re.compile(r"\\\{(\w+)\\\}")


def type_of(urn: str) -> str:
    """`urn:pulumi:stack::project::parent$type::name` → the type."""
    return urn.split("::")[2].split("$")[-1]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[-1]


def automatic_name(kind: Kind, urn: str, seed: bytes, inputs: Values) -> str:
    """The name of a resource whose program gives none."""
    prefix = inputs.get(_PREFIXES.get(kind.names, "namePrefix"))
    stem = str(prefix) if prefix else f"{name_of(urn)}-"
    made = stem + seed.hex()[:_SUFFIX_DIGITS].rjust(_SUFFIX_DIGITS, "0")
    if kind.token == "aws:kms/alias:Alias" and not made.startswith("alias/"):  # noqa: S105 - a type, not a secret
        made = f"alias/{made}"
    return made.lower() if kind.names in _LOWER else made


def is_automatic(kind: Kind, urn: str, name: object) -> bool:
    stem = re.escape(name_of(urn).lower())
    return re.fullmatch(rf"(alias/)?{stem}-[0-9a-f]{{{_SUFFIX_DIGITS}}}", str(name).lower()) is not None


def properties_of_id(kind: Kind, id_: str) -> dict[str, str]:
    """What an id says of its resource, where the table builds ids from properties: `{bucket}/{key}`."""
    pattern = _FIELD.sub(lambda found: f"(?P<{found.group(1)}>.+?)", re.escape(kind.id))
    found = re.fullmatch(pattern, id_) if kind.id else None
    return {name: value for name, value in found.groupdict().items() if name != "id"} if found else {}
