"""What faces the internet: load balancers, the web firewall, certificates."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, lacking, replaced_by
from stormproof.lab.aws.provider.shapes import as_text

_LB = {"LoadBalancerArn": "{arn}"}
_TAGS = Tagging("add_tags", "remove_tags", {"ResourceArns": ["{arn}"]})
# Property → the load balancer's attribute (AWS: LoadBalancerAttribute).
_ATTRIBUTES = {
    "enableDeletionProtection": "deletion_protection.enabled", "idleTimeout": "idle_timeout.timeout_seconds",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode", "enableHttp2": "routing.http2.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled", "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled", "clientKeepAlive": "client_keep_alive.seconds",
}  # fmt: skip
_LOGS = {"accessLogs": "access_logs.s3", "connectionLogs": "connection_logs.s3"}
_GROUP_ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds", "slowStart": "slow_start.duration_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
}  # fmt: skip


def _attributes(here: Values) -> list[dict[str, str]]:
    pairs = {key: here[name] for name, key in _ATTRIBUTES.items() if here.get(name) is not None}
    for name, prefix in _LOGS.items():
        for part, value in {"enabled": False, **(here.get(name) or {})}.items() if here.get(name) else ():
            pairs[f"{prefix}.{part}"] = value
    return [{"Key": key, "Value": as_text(value)} for key, value in pairs.items()]


def _seen_attribute(key: str) -> Any:
    return lambda item, _: item.get(key)


def _seen_logs(prefix: str) -> Any:
    return lambda item, here: {part: item.get(f"{prefix}.{part}") for part in ("bucket", "enabled", "prefix")}


def _as_map(answer: Any, _: Values) -> dict[str, str]:
    return {pair["Key"]: pair["Value"] for pair in answer["Attributes"]}


def _actions(name: str) -> Any:
    return lambda here: _listener_actions(here[name])


def _conditions(here: Values) -> list[Any]:
    """A listener rule's conditions: each is one block, named by its field."""
    fields = {"hostHeader": "host-header", "pathPattern": "path-pattern", "sourceIp": "source-ip",
              "httpRequestMethod": "http-request-method"}  # fmt: skip
    return [
        {"Field": fields[name], f"{name[0].upper()}{name[1:]}Config": {"Values": block["values"]}}
        for condition in here["conditions"] for name, block in condition.items() if name in fields
    ]  # fmt: skip


def _listener_actions(declared: list[Any]) -> list[Any]:
    """Listener actions in the API's names."""
    made = []
    for order, action in enumerate(declared, start=1):
        kind = action["type"]
        item: dict[str, Any] = {"Type": kind, "Order": action.get("order", order)}
        if kind == "forward" and action.get("targetGroupArn"):
            item["TargetGroupArn"] = action["targetGroupArn"]
        elif kind == "forward":
            groups = [
                {"TargetGroupArn": g["arn"], "Weight": g.get("weight", 1)} for g in action["forward"]["targetGroups"]
            ]
            item["ForwardConfig"] = {"TargetGroups": groups}
        elif kind == "redirect":
            item["RedirectConfig"] = {n[0].upper() + n[1:]: str(v) for n, v in action["redirect"].items()}
        elif kind == "fixed-response":
            item["FixedResponseConfig"] = {n[0].upper() + n[1:]: str(v) for n, v in action["fixedResponse"].items()}
        made.append(item)
    return made


def _check(here: Values) -> dict[str, Any]:
    """A target group's health check: members of its own, flat in the API."""
    names = {"enabled": "HealthCheckEnabled", "interval": "HealthCheckIntervalSeconds", "path": "HealthCheckPath",
             "port": "HealthCheckPort", "protocol": "HealthCheckProtocol", "timeout": "HealthCheckTimeoutSeconds",
             "healthyThreshold": "HealthyThresholdCount", "unhealthyThreshold": "UnhealthyThresholdCount"}  # fmt: skip
    declared = here.get("healthCheck") or {}
    return {names[name]: value for name, value in declared.items() if name in names}


def _checked(member: str) -> Any:
    return lambda here: _check(here).get(member)


_SET_ATTRIBUTES = Call(
    "modify_load_balancer_attributes", {**_LB, "Attributes": _attributes}, take=(), uses=(*_ATTRIBUTES, *_LOGS),
    when=_attributes,
)  # fmt: skip
_SET_GROUP_ATTRIBUTES = Call(
    "modify_target_group_attributes", {"TargetGroupArn": "{arn}", "Attributes": lambda here: [
        {"Key": key, "Value": as_text(here[name])} for name, key in _GROUP_ATTRIBUTES.items() if here.get(name) is not None]},
    take=(), uses=tuple(_GROUP_ATTRIBUTES), when=lambda here: any(here.get(name) is not None for name in _GROUP_ATTRIBUTES),
)  # fmt: skip
_LISTENER = {
    "Certificates": lambda here: [{"CertificateArn": here["certificateArn"]}] if here.get("certificateArn") else None,
    "DefaultActions": _actions("defaultActions"),
}
_LISTENER_USES = ("certificateArn", "defaultActions")
_ACL = {"Name": "{name}", "Scope": "{scope}"}


def _rules(here: Values) -> list[Any]:
    """Web firewall rules: the one wording that differs is the search for a text."""
    return [_api_names(rule) for rule in here.get("rules") or []]


_WAF_NAMES = {
    "cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled", "arn": "ARN", "uriPath": "UriPath",
}  # fmt: skip


def _api_names(value: Any) -> Any:
    if isinstance(value, dict):
        named = {_WAF_NAMES.get(name, name[0].upper() + name[1:]): _api_names(inner) for name, inner in value.items()}
        return {name: inner for name, inner in named.items() if inner is not None}
    return [_api_names(item) for item in value] if isinstance(value, list) else value


_WEB_ACL = {"DefaultAction": lambda here: _api_names(here["defaultAction"]), "Rules": _rules,
            "VisibilityConfig": lambda here: _api_names(here["visibilityConfig"])}  # fmt: skip
_WEB_ACL_USES = ("defaultAction", "rules", "visibilityConfig")
_WEB_ACL_LOOK = Look(
    "get_web_acl", {**_ACL, "Id": "{id}"}, "@", {"name": "WebACL.Name"}, fills={"lockToken": "LockToken"}
)

KINDS = (
    Kind(
        "aws:lb/loadBalancer:LoadBalancer", "elbv2", "{arn}", names="name", tagging=_TAGS,
        create=(
            Call("create_load_balancer", {"Scheme": lambda here: "internal" if here.get("internal") else "internet-facing",
                                          "Type": lambda here: here.get("loadBalancerType", "application")},
                 uses=("internal", "loadBalancerType"), out={"arn": "LoadBalancers[0].LoadBalancerArn",
                 "dnsName": "LoadBalancers[0].DNSName", "zoneId": "LoadBalancers[0].CanonicalHostedZoneId"}),
            _SET_ATTRIBUTES,
        ),
        looks=(
            Look("describe_load_balancers", {"LoadBalancerArns": ["{arn}"]}, "LoadBalancers[0]", {
                "internal": "Scheme=='internal'", "securityGroups": "SecurityGroups",
                "subnets": "AvailabilityZones[].SubnetId"}),
            Look("describe_load_balancer_attributes", _LB, _as_map, {
                **{name: _seen_attribute(key) for name, key in _ATTRIBUTES.items()},
                **{name: _seen_logs(prefix) for name, prefix in _LOGS.items()}}),
        ),
        update=(
            Call("set_security_groups", _LB, take=("securityGroups",)), Call("set_subnets", _LB, take=("subnets",)),
            _SET_ATTRIBUTES,
        ),
        delete=(Call("delete_load_balancer", _LB, take=()),),
        outputs={"arnSuffix": lambda here: here["arn"].split(":loadbalancer/")[-1]},
        replaces=replaced_by("name namePrefix internal loadBalancerType customerOwnedIpv4Pool"),
    ),
    Kind(
        "aws:lb/targetGroup:TargetGroup", "elbv2", "{arn}", names="name", tagging=_TAGS,
        create=(
            Call("create_target_group", {member: _checked(member) for member in (
                "HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckPath", "HealthCheckPort",
                "HealthCheckProtocol", "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount")}
                | {"Matcher": lambda here: {"HttpCode": here["healthCheck"]["matcher"]}
                   if (here.get("healthCheck") or {}).get("matcher") else None},
                uses=("healthCheck",), out={"arn": "TargetGroups[0].TargetGroupArn"}),
            _SET_GROUP_ATTRIBUTES,
        ),
        looks=(Look("describe_target_groups", {"TargetGroupArns": ["{arn}"]}, "TargetGroups[0]",
                    {"port": "Port", "protocol": "Protocol", "vpcId": "VpcId", "targetType": "TargetType"}),),
        update=(_SET_GROUP_ATTRIBUTES,),
        delete=(Call("delete_target_group", {"TargetGroupArn": "{arn}"}, take=()),),
        outputs={"arnSuffix": lambda here: here["arn"].split(":")[-1]},
        replaces=replaced_by("name namePrefix port protocol vpcId targetType protocolVersion ipAddressType"),
    ),
    Kind(
        "aws:lb/listener:Listener", "elbv2", "{arn}", tagging=_TAGS,
        create=(Call("create_listener", _LISTENER, uses=_LISTENER_USES, out={"arn": "Listeners[0].ListenerArn"}),),
        looks=(Look("describe_listeners", {"ListenerArns": ["{arn}"]}, "Listeners[0]", {
            "sslPolicy": "SslPolicy", "port": "Port", "protocol": "Protocol",
            "certificateArn": "Certificates[0].CertificateArn"}),),
        update=(Call("modify_listener", {**_LISTENER, "ListenerArn": "{arn}"}, take=("sslPolicy", "port", "protocol"),
                     uses=_LISTENER_USES),),
        delete=(Call("delete_listener", {"ListenerArn": "{arn}"}, take=()),),
        replaces=replaced_by("loadBalancerArn"),
    ),
    Kind(
        "aws:lb/listenerRule:ListenerRule", "elbv2", "{arn}", tagging=_TAGS,
        create=(Call("create_rule", {"Conditions": _conditions, "Actions": _actions("actions")},
                     uses=("conditions", "actions"), out={"arn": "Rules[0].RuleArn"}),),
        looks=(Look("describe_rules", {"RuleArns": ["{arn}"]}, "Rules[0]", {"priority": "Priority"}),),
        update=(Call("modify_rule", {"RuleArn": "{arn}", "Conditions": _conditions, "Actions": _actions("actions")},
                     take=(), uses=("conditions", "actions")),),
        delete=(Call("delete_rule", {"RuleArn": "{arn}"}, take=()),), replaces=replaced_by("listenerArn"),
    ),
    Kind(
        "aws:wafv2/webAcl:WebAcl", "wafv2", "{id}", names="name",
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        create=(Call("create_web_acl", _WEB_ACL, uses=_WEB_ACL_USES,
                     out={"id": "Summary.Id", "arn": "Summary.ARN", "lockToken": "Summary.LockToken"}),),
        looks=(_WEB_ACL_LOOK,),
        update=(Call("update_web_acl", {**_ACL, **_WEB_ACL, "Id": "{id}", "LockToken": "{lockToken}"},
                     take=("description",), uses=_WEB_ACL_USES, ask=(_WEB_ACL_LOOK,)),),
        delete=(Call("delete_web_acl", {**_ACL, "Id": "{id}", "LockToken": "{lockToken}"}, take=(),
                     ask=(_WEB_ACL_LOOK,)),),
        replaces=replaced_by("name namePrefix scope"),
    ),
    Kind(
        "aws:wafv2/webAclAssociation:WebAclAssociation", "wafv2", "{webAclArn},{resourceArn}",
        create=(Call("associate_web_acl"),),
        looks=(Look("get_web_acl_for_resource", {"ResourceArn": "{resourceArn}"}, "WebACL", {"webAclArn": "ARN"}),),
        delete=(Call("disassociate_web_acl", {"ResourceArn": "{resourceArn}"}, take=()),),
        replaces=replaced_by("webAclArn resourceArn"),
    ),
    Kind(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "wafv2", "{resourceArn}", again=True,
        create=(Call("put_logging_configuration", under="LoggingConfiguration"),),
        looks=(Look("get_logging_configuration", {"ResourceArn": "{resourceArn}"}, "LoggingConfiguration",
                    {"logDestinationConfigs": "LogDestinationConfigs"}),),
        delete=(Call("delete_logging_configuration", {"ResourceArn": "{resourceArn}"}, take=()),),
        replaces=replaced_by("resourceArn"),
    ),
    Kind(
        "aws:acm/certificate:Certificate", "acm", "{arn}",
        tagging=Tagging("add_tags_to_certificate", "remove_tags_from_certificate", {"CertificateArn": "{arn}"}),
        create=(Call("request_certificate", {"IdempotencyToken": lambda here: here["token"][:32]},
                     out={"arn": "CertificateArn"}),),
        looks=(Look("describe_certificate", {"CertificateArn": "{arn}"}, "Certificate", {"domainName": "DomainName"},
                    fills={"status": "Status", "domainValidationOptions":
                           "DomainValidationOptions[].{domainName: DomainName, resourceRecordName: ResourceRecord.Name, "
                           "resourceRecordType: ResourceRecord.Type, resourceRecordValue: ResourceRecord.Value}"}),),
        delete=(Call("delete_certificate", {"CertificateArn": "{arn}"}, take=()),),
        replaces=replaced_by("domainName validationMethod subjectAlternativeNames keyAlgorithm certificateAuthorityArn"),
    ),
    lacking("aws:acm/certificateValidation:CertificateValidation", "certificateArn validationRecordFqdns",
            "nothing of AWS: the vendor's plugin waits for the certificate"),
)  # fmt: skip
