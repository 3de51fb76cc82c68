"""What the internet reaches: the load balancer and its web firewall."""

from __future__ import annotations

from infra.spec.base import Spec


class EdgeSpec(Spec):
    """What the internet reaches: the load balancer and its web firewall."""
