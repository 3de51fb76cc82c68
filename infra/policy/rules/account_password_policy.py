"""Passwords of last resort are long."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-password-policy",
    title="Passwords are long, and not used again",
    statements=("7-b",),
    severity=Severity.MEDIUM,
    risk="Break-glass users have passwords; a short one is guessed.",
    remedy="Declare an AccountPasswordPolicy.",
    check=exists(
        ("aws:iam/accountPasswordPolicy:AccountPasswordPolicy",),
        [
            ("minimumPasswordLength", lambda value: int(value) >= 14, 6, "{value} characters are enough"),
            ("passwordReusePrevention", lambda value: int(value) >= 24, 0, "old passwords may come back"),
            ("requireLowercaseCharacters", is_true, False, "`requireLowercaseCharacters` is not asked for"),
            ("requireUppercaseCharacters", is_true, False, "`requireUppercaseCharacters` is not asked for"),
            ("requireNumbers", is_true, False, "`requireNumbers` is not asked for"),
            ("requireSymbols", is_true, False, "`requireSymbols` is not asked for"),
        ],
        missing="the account takes passwords of six characters",
        fix="declare an AccountPasswordPolicy: 14 characters, all kinds, 24 remembered",
    ),
    soc2=("CC6.1",),
    iso27001=("A.5.17",),
    cis=("1.7", "1.8"),
    layer=LAYER,
)
