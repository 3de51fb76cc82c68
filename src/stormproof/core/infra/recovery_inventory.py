"""The recovery inventory: what the stacks gave out, kept as dated copies, since in an outage their state may be out of reach."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stormproof.core.errors import Refused, Unverified
from stormproof.core.infra.preview import SEALED, SIGNATURE

SCHEMA = "stormproof.infra-inventory-copy/v1"
MASKED = "[secret]"  # how `pulumi stack output` shows a secret without --show-secrets
# A name that ends like this holds the thing itself; `masterSecretArn` only says where it is.
_SECRET_NAME = re.compile(r"(password|passphrase|secret|token|credential|private_?key)s?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class InventoryCopy:
    """What one stack gave out at one time. `source`: where it was asked, for a person."""

    stack: str
    pulled_at: datetime
    source: str
    outputs: Mapping[str, Any]

    def as_text(self) -> str:
        document = {
            "schema": SCHEMA, "stack": self.stack, "pulled_at": self.pulled_at.astimezone(UTC).isoformat(),
            "source": self.source, "outputs": self.outputs,
        }  # fmt: skip
        return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    def age_seconds(self, now: datetime) -> float:
        """Seconds since it was pulled; below 0 where a clock went backwards."""
        return (now - self.pulled_at).total_seconds()

    def flat(self) -> dict[str, str]:
        """Dotted name -> text: `subnets.data`; a list's items joined by spaces."""
        return dict(_flat(self.outputs, ""))


def read_outputs(text: str, *, source: str) -> dict[str, Any]:
    """The outputs of one stack out of `pulumi stack output --json`.

    Raises: Refused: it is none, or holds a secret. Unverified: it is empty, as of a stack that was never brought up.
    """
    fix = "make it with `pulumi stack output --json --stack NAME`"
    try:
        document = _json(text)
    except ValueError as error:
        raise Refused(f"the stack's outputs are not JSON: {error}", where=source, fix=fix, code="SP904") from None
    if not isinstance(document, dict):
        raise Refused("the stack's outputs are no object of names and values", where=source, fix=fix, code="SP904")
    if not document:
        raise Unverified(
            "the stack has no outputs, so there is nothing to keep; an older copy stays as it is",
            where=source,
            fix="bring the stack up first: `pulumi up`",
            code="SP906",
        )
    for name, why in _secrets(document, ""):
        raise Refused(
            f"output '{name}' {why}, and the inventory holds no secrets: nothing was written",
            where=source,
            fix="give out where the secret lies (its ARN), not the secret; then bring the stack up and pull again",
            code="SP905",
        )
    return document


def read_copy(text: str, *, file: str) -> InventoryCopy:
    """A copy as it was kept. Raises Unverified where it is damaged."""
    try:
        document = _json(text)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']!r}")
        pulled_at = datetime.fromisoformat(document["pulled_at"])
        if pulled_at.tzinfo is None or not isinstance(document["outputs"], dict):
            raise ValueError("no instant with a zone, or no outputs")
        return InventoryCopy(str(document["stack"]), pulled_at, str(document["source"]), document["outputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unverified(
            f"this copy of the inventory is damaged ({type(error).__name__}: {error})",
            where=file,
            fix="pull it again; older copies lie beside it",
            code="SP907",
        ) from None


def _json(text: str) -> Any:
    """Raises ValueError: no JSON, nested without an end, or text that no file could hold (half of a surrogate pair)."""
    try:
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return document


def _secrets(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SEALED:
            yield path, "is marked secret"
            return
        for key, one in value.items():
            name = f"{path}.{key}" if path else str(key)
            if isinstance(one, str) and one and not one.startswith("arn:") and _SECRET_NAME.search(str(key)):
                yield name, "is named like a secret"
            yield from _secrets(one, name)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _secrets(one, f"{path}.{number}")
    elif value == MASKED:
        yield path, "is marked secret"


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        yield path, " ".join(str(one) for one in value)
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
