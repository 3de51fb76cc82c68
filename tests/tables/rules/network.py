"""The network: ACLs, endpoints, zones, joints, addresses, firewalls, and the recovery environment's ways out."""

from __future__ import annotations

from typing import Any

from declared import Ref, Twins, document, res, statement

from stormproof.core.infra.resource_graph import Resource

VPC = res("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16")
RECOVERY = res("aws:ec2/vpc:Vpc", "rec", cidrBlock="10.9.0.0/16", tags={"environment": "recovery"})


def _entry(**properties: Any) -> Resource:
    base = {"networkAclId": Ref("acl"), "ruleAction": "allow", "protocol": "tcp", "ruleNumber": 100}
    return res("aws:ec2/networkAclRule:NetworkAclRule", "entry", **{**base, **properties})


def _inline(**entry: Any) -> Resource:
    base = {"action": "allow", "protocol": "tcp", "ruleNo": 100}
    return res("aws:ec2/networkAcl:NetworkAcl", "acl", ingress=[{**base, **entry}])


def _open(first: int, last: int, block: str = "0.0.0.0/0") -> dict[str, Any]:
    return {"cidrBlock": block, "fromPort": first, "toPort": last}


def _default_acl(**properties: Any) -> Resource:
    return res("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "d", **{"defaultNetworkAclId": Ref("vpc"), **properties})


def _endpoint(policy: Any = None, **properties: Any) -> Resource:
    kind = {"vpcEndpointType": "Interface", "serviceName": "com.amazonaws.eu-central-1.kms"}
    return res("aws:ec2/vpcEndpoint:VpcEndpoint", "e", policy=policy, **{**kind, **properties})


def _ours(**elements: Any) -> str:
    bound = {"StringEquals": {"aws:PrincipalOrgID": "o-acme", "aws:ResourceOrgID": "o-acme"}}
    return document(statement(**{"Principal": "*", "Condition": bound, **elements}))


def _subnet(name: str, zone: Any, **tags: str) -> Resource:
    return res("aws:ec2/subnet:Subnet", name, vpcId=Ref("vpc"), availabilityZone=zone, tags=tags)


A, B = _subnet("a", "eu-central-1a"), _subnet("b", "eu-central-1b")


def _balancer(*names: str) -> Resource:
    return res("aws:lb/loadBalancer:LoadBalancer", "lb", subnets=[Ref(name) for name in names])


def _vpc(name: str, block: Any) -> Resource:
    return res("aws:ec2/vpc:Vpc", name, cidrBlock=block)


PEERING = res("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "p", vpcId=Ref("one"), peerVpcId=Ref("two"))
TRANSIT = (
    res("aws:ec2transitgateway/transitGateway:TransitGateway", "tgw"),
    res("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "x", transitGatewayId=Ref("tgw"), vpcId=Ref("one")),
    res("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "y", transitGatewayId=Ref("tgw"), vpcId=Ref("two")),
)


def _firewall(**changes: Any) -> Resource:
    policy = {
        "statelessDefaultActions": ["aws:forward_to_sfe"], "statelessFragmentDefaultActions": ["aws:forward_to_sfe"],
        "statefulDefaultActions": ["aws:drop_established"], "statefulEngineOptions": {"ruleOrder": "STRICT_ORDER"},
    }  # fmt: skip
    return res("aws:networkfirewall/firewallPolicy:FirewallPolicy", "fp", firewallPolicy={**policy, **changes})


def _dns(**changes: Any) -> tuple[Resource, ...]:
    """A DNS firewall that is closed, with something changed: `fail_open`, `action`, `names`."""
    kind = "aws:route53/resolverFirewall"
    return (
        RECOVERY,
        res(f"{kind}RuleGroupAssociation:ResolverFirewallRuleGroupAssociation", "j", vpcId=Ref("rec"), firewallRuleGroupId=Ref("g")),
        res(f"{kind}RuleGroup:ResolverFirewallRuleGroup", "g"),
        res(f"{kind}Config:ResolverFirewallConfig", "c", resourceId=Ref("rec"), firewallFailOpen=changes.get("fail_open", "DISABLED")),
        res(f"{kind}DomainList:ResolverFirewallDomainList", "aws", domains=["*.amazonaws.com."]),
        res(f"{kind}DomainList:ResolverFirewallDomainList", "rest", domains=changes.get("names", ["*."])),
        res(f"{kind}Rule:ResolverFirewallRule", "allow", firewallRuleGroupId=Ref("g"), firewallDomainListId=Ref("aws"), action="ALLOW", priority=100),
        res(
            f"{kind}Rule:ResolverFirewallRule", "block", firewallRuleGroupId=Ref("g"), firewallDomainListId=Ref("rest"),
            action=changes.get("action", "BLOCK"), priority=changes.get("priority", 200),
        ),
    )  # fmt: skip


def _block(mode: Any = "block-bidirectional", *, region: str = "eu-central-1") -> Resource:
    kind = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"
    return res(kind, f"block-{region}", internetGatewayBlockMode=mode, region=region)


ACL = res("aws:ec2/networkAcl:NetworkAcl", "acl")


def _entries(count: int, *, egress: bool = False) -> tuple[Resource, ...]:
    kind = "aws:ec2/networkAclRule:NetworkAclRule"
    numbers = range(count)
    return tuple(
        res(kind, f"{egress}-{one}", networkAclId=Ref("acl"), egress=egress, ruleNumber=one) for one in numbers
    )


def _exclusion(**properties: Any) -> Resource:
    kind = "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion"
    return res(kind, "x", internetGatewayExclusionMode="allow-bidirectional", **properties)


TWINS = {
    "network-acls-not-open": Twins(
        failed={
            "everything": _entry(protocol="-1", cidrBlock="0.0.0.0/0"),
            "SSH": _entry(**_open(22, 22)),
            "SSH over IPv6": _entry(ipv6CidrBlock="::/0", fromPort=22, toPort=22),
            "every port, said by numbers": _entry(**_open(0, 65535)),
            "a database": _inline(**_open(5432, 5432)),
            "a range that is not that of answers": _inline(**_open(1024, 6000)),
        },
        passed={
            "TLS": _entry(**_open(443, 443)),
            "answers": _inline(**_open(1024, 65535)),
            "a tier's block": _entry(**_open(5432, 5432, "10.0.64.0/19")),
            "the redirect": _entry(**_open(80, 80)),
        },
        unknown={
            "a block made from something": _entry(cidrBlock=Ref("x"), fromPort=22, toPort=22),
            "entries made from something": res("aws:ec2/networkAcl:NetworkAcl", "acl", ingress=Ref("x")),
            "ports made from something": _entry(cidrBlock="0.0.0.0/0", fromPort=Ref("x"), toPort=22),
        },
        silent={"what is refused": _entry(**_open(22, 22), ruleAction="deny"), "ways out": _entry(**_open(0, 65535), egress=True)},
    ),
    "network-default-acl-emptied": Twins(
        failed={
            "left as it is": VPC,
            "with entries": (VPC, _default_acl(ingress=[{"action": "allow", "protocol": "-1"}])),
            "of another VPC": (VPC, _default_acl(defaultNetworkAclId="acl-1")),
        },
        passed={
            "emptied": (VPC, _default_acl()),
            "emptied in so many words": (VPC, _default_acl(ingress=[], egress=[])),
            "by its id": (
                res("aws:ec2/vpc:Vpc", "vpc", defaultNetworkAclId="acl-1"), _default_acl(defaultNetworkAclId="acl-1"),
            ),
        },
        unknown={"entries made from something": (VPC, _default_acl(egress=Ref("x")))},
    ),
    "network-endpoints-bound": Twins(
        failed={
            "AWS's default policy": _endpoint(),
            "in so many words": _endpoint(document(statement(Principal="*"))),
            "of our organisation, to anything": _endpoint(
                document(statement(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}))
            ),
            "of everybody, to our buckets": _endpoint(document(statement(Principal="*", Resource="arn:aws:s3:::acme-*"))),
            "a gateway": _endpoint(document(statement(Principal="*")), vpcEndpointType=None),
            "everybody writes into a named bucket": _endpoint(
                document(statement(Principal="*", Action="s3:PutObject", Resource="arn:aws:s3:::patches/*"))
            ),
            "ours beside what stays in the account": _endpoint(
                document(statement(Principal="*", Action=["ssm:*", "s3:*"], Condition={"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}))
            ),
        },
        passed={
            "ours to ours": _endpoint(_ours()),
            "everybody reads a named bucket": _endpoint(
                document(statement(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::patches/*"))
            ),
            "ours, to what has no resource": _endpoint(
                document(statement(Principal="*", Action="ssm:*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}))
            ),
            "a role to a bucket": _endpoint(
                document(statement(Principal={"AWS": "arn:aws:iam::111122223333:role/app"}, Resource="arn:aws:s3:::acme-files/*"))
            ),
            "ours to named resources": _endpoint(
                _ours(Resource="arn:aws:kms:eu-central-1:111122223333:key/*", Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})
            ),
            "with a refusal beside": _endpoint(
                document(statement(Effect="Deny", Principal="*", Action="s3:DeleteBucket"), statement(Principal={"AWS": "arn:aws:iam::111122223333:role/a"}, Resource="arn:aws:s3:::x"))
            ),
        },
        unknown={"a policy made from something": _endpoint(Ref("x")), "a type made from something": _endpoint(_ours(), vpcEndpointType=Ref("x"))},
        silent={"a firewall's, which takes no policy": _endpoint(vpcEndpointType="GatewayLoadBalancer")},
    ),
    "network-two-zones": Twins(
        failed={
            "a tier": (VPC, _subnet("a", "eu-central-1a", tier="data"), _subnet("b", "eu-central-1a", tier="data")),
            "a tier of one subnet": (VPC, _subnet("a", "eu-central-1a", tier="data"), _subnet("b", "eu-central-1b", tier="application")),
            "a load balancer": (VPC, A, B, _balancer("a")),
            "a fleet": (VPC, A, B, res("aws:autoscaling/group:Group", "f", vpcZoneIdentifiers=[Ref("b")])),
        },
        passed={
            "tiers": (VPC, *(_subnet(f"{t}{z}", f"eu-central-1{z}", tier=t) for t in ("data", "ingress") for z in "ab")),
            "a load balancer": (VPC, A, B, _balancer("a", "b")),
            "databases' subnets": (VPC, A, B, res("aws:rds/subnetGroup:SubnetGroup", "g", subnetIds=[Ref("a"), Ref("b")])),
        },
        unknown={
            "zones made from something": (VPC, _subnet("a", Ref("x"), tier="data"), _subnet("b", Ref("x"), tier="data")),
            "subnets of another program": (res("aws:lb/loadBalancer:LoadBalancer", "lb", subnets=Ref("elsewhere")),),
        },
        silent={"subnets that nobody named a tier of": (VPC, A)},
    ),
    "network-peers-apart": Twins(
        failed={
            "peers": (_vpc("one", "10.0.0.0/16"), _vpc("two", "10.0.128.0/20"), PEERING),
            "joined by a transit gateway": (_vpc("one", "10.0.0.0/16"), _vpc("two", "10.0.0.0/16"), *TRANSIT),
            "a block that nobody can read": (_vpc("one", "10.0.0.0/16"), _vpc("two", "ten"), PEERING),
        },
        passed={
            "peers": (_vpc("one", "10.0.0.0/16"), _vpc("two", "10.1.0.0/16"), PEERING),
            "joined by a transit gateway": (_vpc("one", "10.0.0.0/16"), _vpc("two", "10.1.0.0/16"), *TRANSIT),
            "private blocks of different kinds": (_vpc("one", "172.16.0.0/16"), _vpc("two", "192.168.0.0/20"), PEERING),
        },
        unknown={"a block made from something": (_vpc("one", Ref("x")), _vpc("two", "10.1.0.0/16"), PEERING)},
        silent={"two that are not joined": (_vpc("one", "10.0.0.0/16"), _vpc("two", "10.0.0.0/16"))},
    ),
    "network-no-public-addresses": Twins(
        failed={
            "a subnet": res("aws:ec2/subnet:Subnet", "s", mapPublicIpOnLaunch=True),
            "an instance": res("aws:ec2/instance:Instance", "i", associatePublicIpAddress=True),
            "a service": res("aws:ecs/service:Service", "s", networkConfiguration={"assignPublicIp": True}),
            "a template": res("aws:ec2/launchTemplate:LaunchTemplate", "t", networkInterfaces=[{"associatePublicIpAddress": "true"}]),
        },
        passed={
            "a subnet": res("aws:ec2/subnet:Subnet", "s"),
            "an instance": res("aws:ec2/instance:Instance", "i", associatePublicIpAddress=False),
            "a template": res("aws:ec2/launchTemplate:LaunchTemplate", "t", networkInterfaces=[{"associatePublicIpAddress": "false"}]),
        },
        unknown={
            "a subnet": res("aws:ec2/subnet:Subnet", "s", mapPublicIpOnLaunch=Ref("x")),
            "a template": res("aws:ec2/launchTemplate:LaunchTemplate", "t", networkInterfaces=Ref("x")),
        },
    ),
    "network-firewall-drops": Twins(
        failed={
            "packets pass unseen": _firewall(statelessDefaultActions=["aws:pass"]),
            "pieces pass unseen": _firewall(statelessFragmentDefaultActions=["aws:pass"]),
            "no order": _firewall(statefulEngineOptions=None),
            "it only tells": _firewall(statefulDefaultActions=["aws:alert_established"]),
            "no default": _firewall(statefulDefaultActions=None),
        },
        passed={
            "established ones": _firewall(),
            "everything": _firewall(statefulDefaultActions=["aws:drop_strict", "aws:alert_strict"]),
            "packets are dropped at once": _firewall(statelessDefaultActions=["aws:drop"]),
        },
        unknown={
            "actions made from something": _firewall(statefulDefaultActions=Ref("x")),
            "an order made from something": _firewall(statefulEngineOptions={"ruleOrder": Ref("x")}),
            "a policy made from something": res("aws:networkfirewall/firewallPolicy:FirewallPolicy", "fp", firewallPolicy=Ref("x")),
        },
    ),
    "recovery-dns-closed": Twins(
        failed={
            "no DNS firewall": RECOVERY,
            "it fails open": _dns(fail_open="ENABLED"),
            "it only tells": _dns(action="ALERT"),
            "it blocks a few names": _dns(names=["evil.example.com."]),
            "it blocks before it allows": _dns(priority=50),
        },
        passed={
            "closed": _dns(),
            "by a star": _dns(names=["*"]),
            "among other names": _dns(names=["example.com.", "*."]),
        },
        unknown={
            "failing is made from something": _dns(fail_open=Ref("x")),
            "names made from something": _dns(names=Ref("x")),
            "an action made from something": _dns(action=Ref("x")),
        },
        silent={"a production VPC": VPC},
    ),
    "recovery-not-excluded": Twins(
        failed={
            "the VPC": (RECOVERY, _exclusion(vpcId=Ref("rec"))),
            "a subnet of it": (RECOVERY, res("aws:ec2/subnet:Subnet", "s", vpcId=Ref("rec")), _exclusion(subnetId=Ref("s"))),
        },
        passed={
            "production": (VPC, RECOVERY, _exclusion(vpcId=Ref("vpc"))),
            "a subnet of production": (VPC, res("aws:ec2/subnet:Subnet", "s", vpcId=Ref("vpc")), _exclusion(subnetId=Ref("s"))),
            "a VPC elsewhere, by its id": (RECOVERY, _exclusion(vpcId="vpc-0123")),
        },
        unknown={"a network made from something": (RECOVERY, _exclusion(vpcId=Ref("elsewhere")))},
    ),
    "network-public-access-blocked": Twins(
        failed={
            "a recovery environment": RECOVERY,
            "blocked in another region": (RECOVERY, _block(region="eu-west-1")),
            "switched off": _block("off"),
            "only from outside": _block("block-ingress"),
        },
        passed={
            "a recovery environment": (RECOVERY, _block()),
            "an account": _block(),
            "in every region": (RECOVERY, _block(), _block(region="eu-west-1")),
        },
        unknown={"made from something": _block(Ref("x"))},
        silent={"a VPC of a program that is not ours": VPC},
    ),
    "network-acl-rules-fit": Twins(
        failed={
            "entries of their own": (ACL, *_entries(21)),
            "inline ones": res("aws:ec2/networkAcl:NetworkAcl", "acl", egress=[{"ruleNo": one} for one in range(21)]),
            "ways out": (ACL, *_entries(3), *_entries(25, egress=True)),
        },
        passed={
            "twenty each way": (ACL, *_entries(20), *_entries(20, egress=True)),
            "none": ACL,
            "inline ones": res("aws:ec2/networkAcl:NetworkAcl", "acl", ingress=[{"ruleNo": 1}], egress=[{"ruleNo": 1}]),
        },
        unknown={"made from something": res("aws:ec2/networkAcl:NetworkAcl", "acl", ingress=Ref("x"))},
    ),
}  # fmt: skip
