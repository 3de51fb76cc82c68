"""A distribution speaks TLS 1.2 and newer, and sends people from HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
# Source: CloudFront, supported protocols and ciphers between viewers and CloudFront.
MINIMUM = ("TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
SECURE = ("redirect-to-https", "https-only")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in graph.of(DISTRIBUTION):
        yield _viewer(one)
        yield _behaviours(one)
        yield _origins(one)


def _origins(one: Resource) -> Answer:
    """How it speaks to what is behind it, where that is no bucket."""
    origins = one.items("origins")
    custom = (
        [UNKNOWN]
        if isinstance(origins, Unknown)
        else [each.get("customOriginConfig") for each in origins if isinstance(each, Mapping)]
    )
    for each in custom:
        if isinstance(each, Mapping) and each.get("originProtocolPolicy") in ("http-only", "match-viewer"):
            return failed(one, "it fetches over plain HTTP", "set `origin_protocol_policy` to https-only")
        if isinstance(each, Mapping) and set(each.get("originSslProtocols") or ()) & {"SSLv3", "TLSv1", "TLSv1.1"}:
            return failed(one, "it fetches over TLS below 1.2", "set `origin_ssl_protocols` to TLSv1.2 alone")
    if has_unknown(custom):
        return unknown(one, "how it fetches from its origins", "write `custom_origin_config` out")
    return passed(one)


def _viewer(one: Resource) -> Answer:
    if one.get("viewerCertificate") is UNKNOWN:
        return unknown(one, "`viewerCertificate`", "write `minimum_protocol_version` out")
    if one.get("viewerCertificate.cloudfrontDefaultCertificate") is True:
        return failed(one, "with CloudFront's own certificate it takes TLS 1.0", "use a certificate of ours (ACM)")
    version = one.get("viewerCertificate.minimumProtocolVersion", "TLSv1")
    if version is UNKNOWN:
        return unknown(one, "`minimumProtocolVersion`", "write it out")
    if version in MINIMUM:
        return passed(one)
    return failed(one, f"it takes {version}", f"set `minimum_protocol_version` to {MINIMUM[2]}")


def _behaviours(one: Resource) -> Answer:
    more = one.items("orderedCacheBehaviors")
    found = [one.get("defaultCacheBehavior", {}), *([UNKNOWN] if isinstance(more, Unknown) else more)]
    ways = [behaviour.get("viewerProtocolPolicy") if isinstance(behaviour, Mapping) else UNKNOWN for behaviour in found]
    plain = [way for way in ways if way is not UNKNOWN and way not in SECURE]
    if plain:
        return failed(one, "it serves plain HTTP", "set `viewer_protocol_policy` to redirect-to-https")
    return unknown(one, "`viewerProtocolPolicy`", "write it out") if has_unknown(ways) else passed(one)


RULE = Rule(
    id="cloudfront-tls",
    title="Distributions speak TLS 1.2 and newer only",
    statements=("3.2-a",),
    severity=Severity.HIGH,
    risk="Sessions are read and taken over on any network between.",
    remedy="Use a certificate of ours with TLSv1.2_2021 or newer, and redirect plain HTTP.",
    check=_check,
    soc2=("CC6.7",),
    iso27001=("A.8.24",),
)
