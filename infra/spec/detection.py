"""Trail, recorder, detectors, alarms, and where logs are kept."""

from __future__ import annotations

from infra.spec.base import Spec


class DetectionSpec(Spec):
    """Trail, recorder, detectors, alarms, and where logs are kept."""
