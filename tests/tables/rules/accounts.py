"""What an account needs once: one thing that must be there, and be as demanded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from declared import Ref, Twins, res

Values = dict[str, Any]


def _once(
    kind: str, good: Values, *, wrong: Sequence[Values] = (), unknown: Sequence[str] = (), better: Values
) -> Twins:
    """Args: good: as demanded; wrong: what spoils it; unknown: values that must be known; better: more than demanded."""
    spoilt = {str(changes): res(kind, "one", **{**good, **changes}) for changes in wrong}
    plain = res(kind, "other", **{**good, **wrong[0]}) if wrong else res(kind, "other")
    return Twins(
        failed={"none": (), **spoilt},
        passed={
            "as demanded": res(kind, "one", **good),
            "better": res(kind, "one", **{**good, **better}),
            "beside one that is not": (plain, res(kind, "one", **good)),
        },
        unknown={name: res(kind, "one", **{**good, name: Ref("elsewhere")}) for name in unknown},
        layer="account",
        knows_all=not unknown,
    )


ALL_BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
PASSWORDS = {
    "minimumPasswordLength": 14, "passwordReusePrevention": 24, "requireLowercaseCharacters": True,
    "requireUppercaseCharacters": True, "requireNumbers": True, "requireSymbols": True,
}  # fmt: skip
EVERYTHING = {"allSupported": True, "includeGlobalResourceTypes": True}

TWINS = {
    "account-analyzer": _once("aws:accessanalyzer/analyzer:Analyzer", {}, better={"type": "ORGANIZATION"}),
    "account-config-recorder": _once(
        "aws:cfg/recorder:Recorder", {"recordingGroup": EVERYTHING},
        wrong=[{"recordingGroup": {"allSupported": False}}, {"recordingGroup": {"allSupported": True}}, {"recordingGroup": None}],
        unknown=["recordingGroup"], better={"recordingMode": {"recordingFrequency": "CONTINUOUS"}},
    ),
    "account-disks-encrypted": _once(
        "aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": True},
        wrong=[{"enabled": False}, {"enabled": "false"}], unknown=["enabled"], better={"region": "eu-west-1"},
    ),
    "account-findings-collected": _once("aws:securityhub/account:Account", {}, better={"enableDefaultStandards": True}),
    "account-password-policy": _once(
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy", PASSWORDS,
        wrong=[
            {"minimumPasswordLength": 13}, {"passwordReusePrevention": 23}, {"requireSymbols": False}, {"requireNumbers": False},
            {"requireLowercaseCharacters": None}, {"requireUppercaseCharacters": None}, {"minimumPasswordLength": "long"},
        ],
        unknown=[*PASSWORDS], better={"minimumPasswordLength": 20},
    ),
    "account-public-access-blocked": _once(
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", ALL_BLOCKED,
        wrong=[{name: False} for name in ALL_BLOCKED] + [{"blockPublicPolicy": None}],
        unknown=[*ALL_BLOCKED], better={"accountId": "111122223333"},
    ),
    "account-threat-detection": _once(
        "aws:guardduty/detector:Detector", {"enable": True}, wrong=[{"enable": False}, {"enable": "false"}], unknown=["enable"],
        better={"findingPublishingFrequency": "FIFTEEN_MINUTES"},
    ),
    "account-vulnerabilities-scanned": _once(
        "aws:inspector2/enabler:Enabler", {"resourceTypes": ["EC2", "ECR", "LAMBDA"]},
        wrong=[{"resourceTypes": ["EC2"]}, {"resourceTypes": []}, {"resourceTypes": None}], unknown=["resourceTypes"],
        better={"resourceTypes": ["EC2", "ECR", "LAMBDA", "LAMBDA_CODE"]},
    ),
}  # fmt: skip
