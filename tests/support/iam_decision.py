"""Whether IAM lets a call through, as far as the program's documents need it: identity's policies, boundary, guardrails.

An explicit Deny anywhere ends it; else each of what limits must allow it. One document's answer: `iam_verdicts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stormproof.core.infra.policy_document import PolicyDocument, read_policy
from tests.support.iam_verdicts import applies

Keys = Mapping[str, str]
FULL_ACCESS = (
    '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'  # AWS attaches it beside guardrails
)


@dataclass(frozen=True)
class Caller:
    """Who calls. Args: policies: of the identity, any of which may allow. boundary, guardrails: None, (): none."""

    policies: Sequence[str]
    boundary: str | None = None
    guardrails: Sequence[str] = ()
    keys: Keys = field(default_factory=dict)

    def may(self, action: str, resource: str = "*", **keys: str) -> bool:
        """Args: keys: of the request's context: `aws__ResourceAccount="1"` for `aws:ResourceAccount`."""
        given = {name.replace("__", ":", 1).lower(): (value,) for name, value in {**self.keys, **keys}.items()}
        limits = [self.policies, *([[self.boundary]] if self.boundary else [])]
        if self.guardrails:
            limits.append([FULL_ACCESS, *self.guardrails])
        found = [[_read(text) for text in texts] for texts in limits]
        said = [one for documents in found for document in documents for one in document.denying]
        if any(applies(one, action, resource, given) for one in said):
            return False
        return all(
            any(applies(one, action, resource, given) for document in documents for one in document.allowing)
            for documents in found
        )


def _read(text: str) -> PolicyDocument:
    read = read_policy(text)
    assert isinstance(read, PolicyDocument)
    return read
