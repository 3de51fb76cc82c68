"""The account blocks public buckets, whatever a bucket says."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-public-access-blocked",
    title="The account blocks public buckets",
    statements=("1-a",),
    severity=Severity.CRITICAL,
    risk="One bucket that was forgotten is enough.",
    remedy="Declare an AccountPublicAccessBlock with all four ways.",
    check=exists(
        ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",),
        [
            ("blockPublicAcls", is_true, False, "`blockPublicAcls` is not set"),
            ("blockPublicPolicy", is_true, False, "`blockPublicPolicy` is not set"),
            ("ignorePublicAcls", is_true, False, "`ignorePublicAcls` is not set"),
            ("restrictPublicBuckets", is_true, False, "`restrictPublicBuckets` is not set"),
        ],
        missing="nothing blocks public buckets in this account",
        fix="declare an AccountPublicAccessBlock with all four set",
    ),
    soc2=("CC6.1",),
    iso27001=("A.8.3",),
    cis=("2.1.4",),
    layer=LAYER,
)
