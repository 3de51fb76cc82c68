"""The way out: the firewall's allowed domains, DNS, endpoints."""

from __future__ import annotations

from infra.spec.base import Spec


class EgressSpec(Spec):
    """The way out: the firewall's allowed domains, DNS, endpoints."""
