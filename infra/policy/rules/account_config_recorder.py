"""The state of everything is recorded."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-config-recorder",
    title="The state of everything is recorded",
    statements=("5-b",),
    severity=Severity.MEDIUM,
    risk="Nobody can say since when a door was open.",
    remedy="Declare a recorder of all types, global ones too, with a delivery channel and status.",
    check=exists(
        ("aws:cfg/recorder:Recorder",),
        [
            ("recordingGroup.allSupported", is_true, True, "it records a part alone"),
            ("recordingGroup.includeGlobalResourceTypes", is_true, False, "it does not record IAM"),
        ],
        missing="nothing records how resources change",
        fix="declare a cfg.Recorder of all types, with its channel and status",
    ),
    soc2=("CC4.1", "CC7.1"),
    iso27001=("A.8.9",),
    cis=("3.3",),
    layer=LAYER,
)
