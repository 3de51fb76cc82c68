"""Invoke: the few functions that need no emulator. Programs of this project look nothing up; others may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormproof.lab.aws.provider.absence import NotEmulated
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.configuration import Configuration


def call_function(
    token: str, configuration: Configuration, catalogue: Catalogue, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The function's answer. Raises NotEmulated, naming it."""
    region = str(arguments.get("region") or configuration.region)
    account = configuration.account
    match token.split(":")[-1]:
        case "getCallerIdentity":
            arn = f"arn:aws:sts::{account}:assumed-role/stormproof-lab/stormproof-lab"
            return {"accountId": account, "arn": arn, "id": account, "userId": "AIDAEXAMPLE"}
        case "getRegion":
            return {"region": region, "name": region, "id": region, "description": region,
                    "endpoint": f"ec2.{region}.amazonaws.com"}  # fmt: skip
        case "getPartition":
            return {"partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws", "id": "aws"}
        case "getAvailabilityZones":
            names = [f"{region}{letter}" for letter in "abc"]
            return {"names": names, "id": region, "state": "available", "region": region}
        case name:
            raise NotEmulated(
                f"function {token} ({name}) is not emulated: declare resources, or use the vendor's plugin"
            )
