"""What faces the world: web firewalls, APIs, sign-in, images; and where data goes and how long it stays."""

from __future__ import annotations

import json
from typing import Any

from declared import Ref, Twins, res

from stormproof.core.infra.resource_graph import Resource

MANAGED = {"name": "common", "overrideAction": {"none": {}}, "statement": {"managedRuleGroupStatement": {"name": "x"}}}
RATE = {"name": "rate", "action": {"block": {}}, "statement": {"rateBasedStatement": {"limit": 1000}}}


def _acl(*rules: Any) -> Resource:
    return res("aws:wafv2/webAcl:WebAcl", "acl", rules=list(rules))


WAF_LOGS = res("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logs", resourceArn=Ref("acl"))
FIREWALL = res("aws:networkfirewall/firewall:Firewall", "fw")
FIREWALL_LOGS = res("aws:networkfirewall/loggingConfiguration:LoggingConfiguration", "fwlogs", firewallArn=Ref("fw"))

API = res("aws:apigateway/restApi:RestApi", "api")
STAGE = res("aws:apigateway/stage:Stage", "stage", restApi=Ref("api"), stageName="live")
RATED = res("aws:wafv2/webAcl:WebAcl", "acl", rules=[RATE])
JOINED = res("aws:wafv2/webAclAssociation:WebAclAssociation", "joined", resourceArn=Ref("stage"), webAclArn=Ref("acl"))


def _limits(rate: Any = 50, **properties: Any) -> Resource:
    base = {"restApi": Ref("api"), "stageName": "live", "methodPath": "*/*", "settings": {"throttlingRateLimit": rate}}
    return res("aws:apigateway/methodSettings:MethodSettings", "limits", **{**base, **properties})


def _http_stage(**settings: Any) -> Resource:
    return res("aws:apigatewayv2/stage:Stage", "stage", apiId=Ref("api"), defaultRouteSettings=settings)


def _method(**properties: Any) -> Resource:
    return res("aws:apigateway/method:Method", "m", **{"httpMethod": "GET", "restApi": Ref("api"), **properties})


def _pool(**properties: Any) -> Resource:
    good = {"mfaConfiguration": "OPTIONAL", "passwordPolicy": {"minimumLength": 14}, "deletionProtection": "ACTIVE"}
    return res("aws:cognito/userPool:UserPool", "people", **{**good, **properties})


def _images(**properties: Any) -> Resource:
    good = {"imageTagMutability": "IMMUTABLE", "imageScanningConfiguration": {"scanOnPush": True}}
    return res("aws:ecr/repository:Repository", "app", **{**good, **properties})


CURRENT = "Contact: mailto:security@example.com\nExpires: 2026-12-31T00:00:00Z\n"


def _text(content: Any, key: str = ".well-known/security.txt") -> Resource:
    return res("aws:s3/bucketObjectv2:BucketObjectv2", "txt", bucket="site", key=key, content=content)


def _answered(body: Any) -> Resource:
    return res(
        "aws:lb/listenerRule:ListenerRule", "txt",
        conditions=[{"pathPattern": {"values": ["/.well-known/security.txt"]}}],
        actions=[{"type": "fixed-response", "fixedResponse": {"messageBody": body, "contentType": "text/plain"}}],
    )  # fmt: skip


FILES, LOGS = (
    res("aws:s3/bucket:Bucket", "files", bucket="acme-files"),
    res("aws:s3/bucket:Bucket", "logs", bucket="acme-logs"),
)
INTO_LOGS = res("aws:s3/bucketLogging:BucketLogging", "l", bucket=Ref("files"), targetBucket=Ref("logs"))
PERSONAL = res("aws:s3/bucket:Bucket", "people", tags={"pii": "true"})


def _ends(**rule: Any) -> Resource:
    return res(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "l", bucket=Ref("people"),
        rules=[{"id": "end", "status": "Enabled", **rule}],
    )  # fmt: skip


REGIONS = {"regions": json.dumps({"primary": "eu-central-1", "recovery": "eu-west-1"})}
PLAN = "aws:backup/plan:Plan"


def _copies(arn: Any) -> Resource:
    return res(PLAN, "p", rules=[{"ruleName": "daily", "copyActions": [{"destinationVaultArn": arn}]}])


TWINS = {
    "waf-managed-groups": Twins(
        failed={"none": _acl(), "a rate alone": _acl(RATE), "it only counts": _acl(RATE, MANAGED | {"overrideAction": {"count": {}}})},
        passed={
            "beside a rate": _acl(RATE, MANAGED),
            "one counts while it is tried": _acl(MANAGED, MANAGED | {"name": "new", "overrideAction": {"count": {}}}),
            "without a word on what it does": _acl({"name": "c", "statement": {"managedRuleGroupStatement": {"name": "y"}}}),
        },
        unknown={"rules made from something": res("aws:wafv2/webAcl:WebAcl", "acl", rules=Ref("x")), "one of them": _acl(RATE, Ref("x"))},
    ),
    "edge-firewalls-logged": Twins(
        failed={"a web firewall": _acl(), "a network firewall": FIREWALL, "one of two": (_acl(), FIREWALL, WAF_LOGS)},
        passed={
            "a web firewall": (_acl(), WAF_LOGS),
            "a network firewall": (FIREWALL, FIREWALL_LOGS),
            "both": (_acl(), FIREWALL, WAF_LOGS, FIREWALL_LOGS),
        },
        knows_all=True,
    ),
    "api-guarded": Twins(
        failed={
            "nothing": (API, STAGE),
            "no web firewall": (API, STAGE, _limits()),
            "no limit": (API, STAGE, JOINED, RATED),
            "a web firewall that limits nobody": (API, STAGE, JOINED, _acl(MANAGED), _limits()),
            "another stage's limit": (API, STAGE, JOINED, RATED, _limits(stageName="test")),
            "of one method": (API, STAGE, JOINED, RATED, _limits(methodPath="pets/GET")),
            "a limit that is none": (API, STAGE, JOINED, RATED, _limits(-1)),
            "an HTTP API": _http_stage(),
        },
        passed={
            "both": (API, STAGE, JOINED, RATED, _limits()),
            "by reference to the stage": (API, STAGE, JOINED, RATED, _limits(stageName=Ref("stage"))),
            "an HTTP API": _http_stage(throttlingRateLimit=20, throttlingBurstLimit=40),
        },
        unknown={"a limit made from something": (API, STAGE, JOINED, RATED, _limits(Ref("x"))), "an HTTP API's": _http_stage(throttlingRateLimit=Ref("x"))},
    ),
    "api-authorised": Twins(
        failed={
            "a method": _method(authorization="NONE"),
            "a method without a word": _method(),
            "a route": res("aws:apigatewayv2/route:Route", "r", apiId=Ref("api"), routeKey="GET /orders"),
        },
        passed={
            "by Cognito": _method(authorization="COGNITO_USER_POOLS", authorizerId=Ref("x")),
            "by IAM": _method(authorization="AWS_IAM"),
            "a route by JWT": res("aws:apigatewayv2/route:Route", "r", routeKey="GET /orders", authorizationType="JWT"),
        },
        unknown={"made from something": _method(authorization=Ref("x")), "a route's": res("aws:apigatewayv2/route:Route", "r", authorizationType=Ref("x"))},
        silent={"what browsers ask before": _method(httpMethod="OPTIONS", authorization="NONE")},
    ),
    "cognito-strong": Twins(
        failed={
            "no MFA": _pool(mfaConfiguration=None),
            "short passwords": _pool(passwordPolicy={"minimumLength": 8}),
            "nobody says how long": _pool(passwordPolicy=None),
            "it can be deleted": _pool(deletionProtection="INACTIVE"),
        },
        passed={"MFA for who wants": _pool(), "MFA for all": _pool(mfaConfiguration="ON"), "long ones": _pool(passwordPolicy={"minimumLength": 20})},
        unknown={"made from something": _pool(mfaConfiguration=Ref("x")), "a policy made from something": _pool(passwordPolicy=Ref("x"))},
    ),
    "ecr-images-fixed": Twins(
        failed={"tags move": _images(imageTagMutability="MUTABLE"), "as AWS has it": _images(imageTagMutability=None), "not scanned": _images(imageScanningConfiguration=None)},
        passed={
            "fixed and scanned": _images(),
            "scanned by the registry": (_images(imageScanningConfiguration=None), res("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration", "r")),
            "but for one tag": _images(imageTagMutability="IMMUTABLE_WITH_EXCLUSION"),
        },
        unknown={"made from something": _images(imageTagMutability=Ref("x")), "scanning is": _images(imageScanningConfiguration={"scanOnPush": Ref("x")})},
    ),
    "security-txt-current": Twins(
        failed={
            "past": _text(CURRENT.replace("2026-12", "2026-02")),
            "within the month": _text(CURRENT.replace("2026-12-31", "2026-03-20")),
            "no end": _text("Contact: mailto:security@example.com\n"),
            "no contact": _text("Expires: 2026-12-31T00:00:00Z\n"),
            "an end that is none": _text("Contact: x\nExpires: soon\n"),
            "answered by a load balancer, past": _answered(CURRENT.replace("2026", "2025")),
        },
        passed={"an object": _text(CURRENT), "answered by a load balancer": _answered(CURRENT), "with an offset": _text(CURRENT.replace("Z", "+02:00"))},
        unknown={"a text made from something": _text(Ref("x")), "answered with what is made from something": _answered(Ref("x"))},
        silent={"another file": _text("hello", key="index.html")},
    ),
    "s3-access-logged": Twins(
        failed={"a bucket": FILES, "one of two": (FILES, LOGS, INTO_LOGS, res("aws:s3/bucket:Bucket", "more")), "logging of another": (FILES, res("aws:s3/bucketLogging:BucketLogging", "l", bucket="other", targetBucket="logs"))},
        passed={
            "into a bucket for logs": (FILES, LOGS, INTO_LOGS),
            "a trail's": (LOGS, res("aws:cloudtrail/trail:Trail", "t", s3BucketName="acme-logs")),
            "a load balancer's": (LOGS, res("aws:lb/loadBalancer:LoadBalancer", "lb", accessLogs={"bucket": "acme-logs", "enabled": True})),
            "said to hold logs": res("aws:s3/bucket:Bucket", "x", tags={"holds": "logs"}),
        },
        knows_all=True,
    ),
    "s3-personal-data-ends": Twins(
        failed={"for ever": PERSONAL, "it only moves": (PERSONAL, _ends(transitions=[{"days": 30}])), "switched off": (PERSONAL, _ends(status="Disabled", expiration={"days": 365}))},
        passed={
            "after a year": (PERSONAL, _ends(expiration={"days": 365})),
            "older versions": (PERSONAL, _ends(noncurrentVersionExpiration={"noncurrentDays": 30})),
            "on a day": (PERSONAL, _ends(expiration={"date": "2027-01-01T00:00:00Z"})),
        },
        unknown={"rules made from something": (PERSONAL, _ends(expiration=Ref("x")))},
        silent={"no personal data": FILES, "said to be none": res("aws:s3/bucket:Bucket", "f", tags={"pii": "false"})},
    ),
    "regions-allowed": Twins(
        failed={
            "a resource": res("aws:s3/bucket:Bucket", "b", region="us-east-1"),
            "a replica of a table": res("aws:dynamodb/table:Table", "t", replicas=[{"regionName": "eu-west-1"}, {"regionName": "us-west-2"}]),
            "a copy of backups": _copies("arn:aws:backup:us-east-1:111122223333:backup-vault:v"),
        },
        passed={
            "the primary's": res("aws:s3/bucket:Bucket", "b", region="eu-central-1"),
            "a replica of a table": res("aws:dynamodb/table:Table", "t", replicas=[{"regionName": "eu-west-1"}]),
            "a copy of backups": _copies("arn:aws:backup:eu-west-1:444455556666:backup-vault:v"),
        },
        unknown={
            "a provider's region made from something": res("aws:s3/bucket:Bucket", "b", region=None),
            "a replica's": res("aws:dynamodb/table:Table", "t", replicas=[{"regionName": Ref("x")}]),
        },
        silent={"what is not AWS's": res("stormproof:infra:Network", "n", region="us-east-1")},
        settings=REGIONS,
    ),
    "tagged-with-owner": Twins(
        failed={"no tags": FILES, "no class": res("aws:dynamodb/table:Table", "t", tags={"owner": "sam"}), "no owner": res("aws:rds/instance:Instance", "d", tags={"data-class": "restricted"})},
        passed={
            "both": res("aws:s3/bucket:Bucket", "b", tags={"owner": "sam", "data-class": "internal"}),
            "from the provider": res("aws:dynamodb/table:Table", "t", tags={"data-class": "restricted"}, tagsAll={"owner": "sam"}),
            "and more": res("aws:efs/fileSystem:FileSystem", "f", tags={"owner": "x", "data-class": "public", "team": "y"}),
        },
        unknown={"made from something": res("aws:s3/bucket:Bucket", "b", tags=Ref("x"))},
    ),
}  # fmt: skip
