"""Ids, ARNs and outputs as AWS makes them, for resources that are only declared: rules match resources by these.

Types that are not listed get an id made from their name in the program, and an ARN that says `mock`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

# type -> the input that is the resource's id. Sub-resources of a bucket carry the bucket's name.
ID_INPUTS: Mapping[str, str] = {
    "aws:backup/vault:Vault": "name",
    "aws:cloudwatch/eventRule:EventRule": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:dynamodb/table:Table": "name",
    "aws:iam/instanceProfile:InstanceProfile": "name",
    "aws:iam/role:Role": "name",
    "aws:kms/alias:Alias": "name",
    "aws:lambda/function:Function": "name",
    "aws:rds/parameterGroup:ParameterGroup": "name",
    "aws:rds/subnetGroup:SubnetGroup": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ssm/parameter:Parameter": "name",
}
# type -> how its id begins.
ID_PREFIXES: Mapping[str, str] = {
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": "acl",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "sg",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/networkAcl:NetworkAcl": "acl",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:efs/accessPoint:AccessPoint": "fsap",
    "aws:efs/fileSystem:FileSystem": "fs",
    "aws:rds/instance:Instance": "db",
}
# type -> service, and the resource part of its ARN. `{id}` is the id; other fields are inputs.
ARNS: Mapping[str, tuple[str, str]] = {
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": ("backup", "backup-vault:{name}"),
    "aws:backup/vault:Vault": ("backup", "backup-vault:{name}"),
    "aws:cloudtrail/trail:Trail": ("cloudtrail", "trail/{name}"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "rule/{name}"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "log-group:{name}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "alarm:{name}"),
    "aws:dynamodb/table:Table": ("dynamodb", "table/{name}"),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2", "security-group/{id}"),
    "aws:ec2/subnet:Subnet": ("ec2", "subnet/{id}"),
    "aws:ec2/vpc:Vpc": ("ec2", "vpc/{id}"),
    "aws:efs/accessPoint:AccessPoint": ("elasticfilesystem", "access-point/{id}"),
    "aws:efs/fileSystem:FileSystem": ("elasticfilesystem", "file-system/{id}"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("iam", "oidc-provider/{url}"),
    "aws:iam/policy:Policy": ("iam", "policy/{name}"),
    "aws:iam/role:Role": ("iam", "role/{name}"),
    "aws:kms/alias:Alias": ("kms", "{name}"),
    "aws:kms/key:Key": ("kms", "key/{id}"),
    "aws:kms/replicaKey:ReplicaKey": ("kms", "key/{id}"),
    "aws:lambda/function:Function": ("lambda", "function:{name}"),
    "aws:lb/loadBalancer:LoadBalancer": ("elasticloadbalancing", "loadbalancer/app/{name}/50dc6c495c0c9188"),
    "aws:lb/targetGroup:TargetGroup": ("elasticloadbalancing", "targetgroup/{name}/73e2d6bc24d8a067"),
    "aws:rds/instance:Instance": ("rds", "db:{identifier}"),
    "aws:s3/bucket:Bucket": ("s3", "{bucket}"),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "secret:{name}-a1b2c3"),
    "aws:sns/topic:Topic": ("sns", "{name}"),
    "aws:sqs/queue:Queue": ("sqs", "{name}"),
    "aws:ssm/parameter:Parameter": ("ssm", "parameter{name}"),
}
# type -> the output that is its id.
ID_IS_ARN = frozenset(
    {
        "aws:cloudtrail/trail:Trail",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:lb/listener:Listener",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:sns/topic:Topic",
    }
)
GLOBAL = frozenset({"iam"})


def identity(kind: str, name: str, inputs: Mapping[str, Any], account: str, region: str) -> tuple[str, str]:
    """Id and ARN of a resource of type `kind` that the program calls `name`."""
    if kind.startswith("aws:s3/bucket") and kind not in ID_INPUTS and isinstance(inputs.get("bucket"), str):
        found = str(inputs["bucket"])
    elif isinstance(inputs.get(ID_INPUTS.get(kind, "")), str):
        found = str(inputs[ID_INPUTS[kind]])
    elif kind in ID_PREFIXES:
        found = f"{ID_PREFIXES[kind]}-{_digits(kind, name)[:17]}"
    elif kind in ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"):
        digits = _digits(kind, name)
        found = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
    else:
        found = f"{name}_id"
    arn = _arn(kind, name, {"name": name, **inputs, "id": found}, account, region)
    return (arn if kind in ID_IS_ARN else found), arn


def outputs(kind: str, name: str, inputs: Mapping[str, Any], found: str) -> dict[str, Any]:
    """What AWS tells beside id and ARN, as far as programs build upon it."""
    told: dict[str, Any] = {}
    for key in ("name", "bucket", "keyId", "identifier"):
        told[key] = found if key == "keyId" else name
    if kind == "aws:ec2/vpc:Vpc":
        for key, prefix in (("SecurityGroup", "sg"), ("NetworkAcl", "acl"), ("RouteTable", "rtb")):
            told[f"default{key}Id"] = f"{prefix}-{_digits(kind, name, key)[:17]}"
    if kind == "aws:networkfirewall/firewall:Firewall":
        told["firewallStatuses"] = [{"syncStates": [_sync(one) for one in inputs.get("subnetMappings") or ()]}]
    if kind == "aws:rds/instance:Instance":
        told["address"] = f"{inputs.get('identifier', name)}.abcdefghijkl.example.com"
        told["resourceId"] = f"db-{_digits(kind, name)[:26].upper()}"
        told["masterUserSecrets"] = [{"secretArn": f"arn:aws:secretsmanager:::secret:rds!{found}"}]
    if kind == "aws:lb/loadBalancer:LoadBalancer":
        told["dnsName"] = f"{inputs.get('name', name)}.elb.example.com"
        told |= {"zoneId": "Z215JYRZR1TBD5", "arnSuffix": f"app/{inputs.get('name', name)}/50dc6c495c0c9188"}
    if kind == "aws:lb/targetGroup:TargetGroup":
        told["arnSuffix"] = f"targetgroup/{inputs.get('name', name)}/73e2d6bc24d8a067"
    if kind == "aws:ec2/vpcEndpoint:VpcEndpoint" and inputs.get("vpcEndpointType") == "Gateway":
        told["prefixListId"] = f"pl-{_digits(kind, name)[:8]}"
    if kind == "aws:route53/zone:Zone":
        told |= {"zoneId": found, "nameServers": [f"ns-{one}.example.com" for one in range(4)]}
    if kind == "aws:route53/record:Record":
        told["fqdn"] = inputs.get("name", name)
    if kind == "aws:acm/certificate:Certificate":
        proof = {
            "Name": f"_{_digits(kind, name)[:32]}.{inputs.get('domainName')}",
            "Type": "CNAME",
            "Value": "_x.example.com",
        }
        told["domainValidationOptions"] = [{f"resourceRecord{key}": value for key, value in proof.items()}]
    return told


def _sync(mapping: Mapping[str, Any]) -> dict[str, Any]:
    subnet = str(mapping.get("subnetId"))
    attachment = {"subnetId": subnet, "endpointId": f"vpce-{_digits('firewall', subnet)[:17]}"}
    return {"availabilityZone": subnet, "attachments": [attachment]}


def _arn(kind: str, name: str, fields: Mapping[str, Any], account: str, region: str) -> str:
    if kind not in ARNS:
        return f"arn:aws:mock:::{kind}/{name}"
    service, part = ARNS[kind]
    resource = part.format_map({key: str(value).removeprefix("https://") for key, value in fields.items()})
    if service == "s3":
        return f"arn:aws:s3:::{resource}"
    return f"arn:aws:{service}:{'' if service in GLOBAL else region}:{account}:{resource}"


def _digits(*parts: str) -> str:
    """Hexadecimal, the same for the same parts."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
