"""What an emulator still holds: asked of the emulator itself before `up` and after `destroy`, service by service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from stormproof.lab.aws.left_calls import LISTINGS, Listing, services_of
from stormproof.lab.aws.provider.clients import Clients

GONE_SOON = frozenset({"PendingDeletion", "PendingReplicaDeletion"})  # AWS: states of a KMS key on its way out
ACCOUNT = re.compile(r"\b\d{12}\b")


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """One thing that the emulator lists."""

    account: str
    region: str
    service: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.service} {self.kind} {self.name} ({self.region}, {self.account})"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a stack has anything: what must be asked."""

    accounts: frozenset[str]
    regions: frozenset[str]
    services: frozenset[str]
    unasked: frozenset[str]  # packages of pulumi_aws that no listing covers


@dataclass(frozen=True, slots=True)
class Seen:
    """`silent` are the calls that the emulator has not."""

    held: frozenset[Held]
    silent: frozenset[str]


def places_of(resources: Iterable[Mapping[str, Any]], *, account: str, region: str) -> Places:
    """Of the resources (type, inputs) of a preview or a state, with the emulator's own account and a region by default."""
    types: set[str] = set()
    accounts, regions = {account}, {region}
    for resource in resources:
        inputs = resource.get("inputs") or {}
        types.add(resource["type"])
        if isinstance(chosen := inputs.get("region"), str) and chosen:
            regions.add(chosen)
        if resource["type"] == "pulumi:providers:aws":
            accounts.update(ACCOUNT.findall(json.dumps([inputs.get("allowedAccountIds"), inputs.get("assumeRoles")])))
    services, unasked = services_of(types)
    return Places(frozenset(accounts), frozenset(regions), services, unasked)


def held(endpoint: str, places: Places, listings: Sequence[Listing] = LISTINGS) -> Seen:
    """Everything that the emulator lists there; keys that wait for their deletion are left out."""
    found: set[Held] = set()
    silent: set[str] = set()
    for account in sorted(places.accounts):
        clients = Clients(endpoint, account)
        for listing in listings:
            if listing.service not in places.services:
                continue
            regions = sorted(places.regions)
            for region in regions[:1] if listing.everywhere else regions:
                client = clients.client(listing.service, region)
                try:
                    names = _names(client, listing, account)
                except (ClientError, BotoCoreError, ResponseParserError) as error:
                    if not _is_nothing(error):
                        silent.add(f"{listing.service} {listing.call}")
                    continue
                kind = listing.call.partition("_")[2].replace("_", " ")
                found.update(Held(account, region, listing.service, kind, name) for name in names)
    return Seen(frozenset(found), frozenset(silent))


def _names(client: Any, listing: Listing, account: str) -> set[str]:
    """Every page, since what stands on the second one is left too."""
    arguments = {"AccountId": account} if listing.service == "s3control" else listing.arguments
    if client.can_paginate(listing.call):
        pages = client.get_paginator(listing.call).paginate(**arguments)
    else:
        pages = [getattr(client, listing.call)(**arguments)]
    items = [item for page in pages for item in page.get(listing.found) or []]
    if listing.call == "list_keys":
        items = [one for one in items if _state_of(client, one["KeyId"]) not in GONE_SOON]
    elif listing.call == "describe_network_acls":
        # A network's own list goes with it (AWS: default network ACL); moto keeps it, with nobody who could delete it.
        there = {vpc["VpcId"] for vpc in client.describe_vpcs()["Vpcs"]}
        items = [one for one in items if not one["IsDefault"] or one["VpcId"] in there]
    return {str(item[listing.key] if listing.key else item) for item in items}


def _state_of(client: Any, key: str) -> str:
    return str(client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def _is_nothing(error: Exception) -> bool:
    """Services that were never switched on answer with an error where others list nothing."""
    if not isinstance(error, ClientError):
        return False
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code in {"AWSOrganizationsNotInUseException", "InvalidAccessException"}
