"""How each service is asked what it holds: hand-written, so that the provider's own reading is not its own witness."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Listing:
    """One call. `found` is the dotted path to the list, `key` what names one of it (empty: the item itself)."""

    service: str
    call: str
    found: str
    key: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    everywhere: bool = False  # the service has no regions: asked once


def _of(service: str, *rows: tuple[str, str, str], everywhere: bool = False, **arguments: Any) -> tuple[Listing, ...]:
    return tuple(Listing(service, call, found, key, dict(arguments), everywhere) for call, found, key in rows)


LISTINGS: tuple[Listing, ...] = (
    *_of(
        "ec2",
        ("describe_vpcs", "Vpcs", "VpcId"),
        ("describe_subnets", "Subnets", "SubnetId"),
        ("describe_route_tables", "RouteTables", "RouteTableId"),
        ("describe_network_acls", "NetworkAcls", "NetworkAclId"),
        ("describe_security_groups", "SecurityGroups", "GroupId"),
        ("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId"),
        ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
        ("describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"),
        ("describe_addresses", "Addresses", "AllocationId"),
        ("describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId"),
        ("describe_transit_gateways", "TransitGateways", "TransitGatewayId"),
        ("describe_flow_logs", "FlowLogs", "FlowLogId"),
        ("describe_dhcp_options", "DhcpOptions", "DhcpOptionsId"),
        ("describe_managed_prefix_lists", "PrefixLists", "PrefixListId"),
        ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
        ("describe_instances", "Reservations", "ReservationId"),
        ("describe_volumes", "Volumes", "VolumeId"),
        ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
        ("describe_key_pairs", "KeyPairs", "KeyPairId"),
    ),
    # A gateway and an endpoint stay listed for a while after they were deleted (AWS: DescribeNatGateways).
    Listing(
        "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId",
        {"Filters": [{"Name": "vpc-endpoint-state", "Values": ["pending", "available", "failed"]}]},
    ),
    Listing(
        "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId",
        {"Filters": [{"Name": "state", "Values": ["pending", "available", "failed"]}]},
    ),
    *_of("kms", ("list_keys", "Keys", "KeyId"), ("list_aliases", "Aliases", "AliasName")),
    *_of("s3", ("list_buckets", "Buckets", "Name"), everywhere=True),
    *_of(
        "iam",
        ("list_roles", "Roles", "RoleName"),
        ("list_users", "Users", "UserName"),
        ("list_groups", "Groups", "GroupName"),
        ("list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
        ("list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
        ("list_saml_providers", "SAMLProviderList", "Arn"),
        ("list_server_certificates", "ServerCertificateMetadataList", "ServerCertificateName"),
        ("list_account_aliases", "AccountAliases", ""),
        everywhere=True,
    ),
    Listing("iam", "list_policies", "Policies", "Arn", {"Scope": "Local"}, everywhere=True),
    *_of(
        "rds",
        ("describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
        ("describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
        ("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
        ("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
        ("describe_db_cluster_parameter_groups", "DBClusterParameterGroups", "DBClusterParameterGroupName"),
        ("describe_option_groups", "OptionGroupsList", "OptionGroupName"),
        ("describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
        ("describe_event_subscriptions", "EventSubscriptionsList", "CustSubscriptionId"),
    ),
    *_of("dynamodb", ("list_tables", "TableNames", ""), ("list_backups", "BackupSummaries", "BackupArn")),
    *_of("efs", ("describe_file_systems", "FileSystems", "FileSystemId"), ("describe_access_points", "AccessPoints", "AccessPointId")),
    *_of("secretsmanager", ("list_secrets", "SecretList", "ARN")),
    *_of(
        "backup",
        ("list_backup_vaults", "BackupVaultList", "BackupVaultName"),
        ("list_backup_plans", "BackupPlansList", "BackupPlanId"),
        ("list_report_plans", "ReportPlans", "ReportPlanName"),
        ("list_frameworks", "Frameworks", "FrameworkName"),
        ("list_restore_testing_plans", "RestoreTestingPlans", "RestoreTestingPlanName"),
    ),
    *_of("sns", ("list_topics", "Topics", "TopicArn"), ("list_subscriptions", "Subscriptions", "SubscriptionArn")),
    *_of("sqs", ("list_queues", "QueueUrls", "")),
    *_of(
        "logs",
        ("describe_log_groups", "logGroups", "logGroupName"),
        ("describe_metric_filters", "metricFilters", "filterName"),
        ("describe_resource_policies", "resourcePolicies", "policyName"),
    ),
    *_of("cloudwatch", ("describe_alarms", "MetricAlarms", "AlarmName"), ("list_dashboards", "DashboardEntries", "DashboardName")),
    *_of("events", ("list_rules", "Rules", "Arn"), ("list_event_buses", "EventBuses", "Name"), ("list_archives", "Archives", "ArchiveName")),
    *_of("scheduler", ("list_schedules", "Schedules", "Arn"), ("list_schedule_groups", "ScheduleGroups", "Name")),
    *_of("lambda", ("list_functions", "Functions", "FunctionName"), ("list_layers", "Layers", "LayerName"), ("list_event_source_mappings", "EventSourceMappings", "UUID")),
    *_of("cloudtrail", ("describe_trails", "trailList", "TrailARN")),
    *_of(
        "config",
        ("describe_configuration_recorders", "ConfigurationRecorders", "name"),
        ("describe_delivery_channels", "DeliveryChannels", "name"),
        ("describe_config_rules", "ConfigRules", "ConfigRuleName"),
        ("describe_configuration_aggregators", "ConfigurationAggregators", "ConfigurationAggregatorName"),
    ),
    *_of("guardduty", ("list_detectors", "DetectorIds", "")),
    *_of("securityhub", ("get_enabled_standards", "StandardsSubscriptions", "StandardsSubscriptionArn")),
    *_of("inspector2", ("list_filters", "filters", "arn")),
    *_of("accessanalyzer", ("list_analyzers", "analyzers", "arn")),
    *_of("macie2", ("list_members", "members", "accountId")),
    *_of(
        "elbv2",
        ("describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
        ("describe_target_groups", "TargetGroups", "TargetGroupArn"),
    ),
    *_of("wafv2", ("list_web_acls", "WebACLs", "ARN"), ("list_ip_sets", "IPSets", "ARN"), ("list_rule_groups", "RuleGroups", "ARN"), ("list_logging_configurations", "LoggingConfigurations", "ResourceArn"), Scope="REGIONAL"),
    *_of("acm", ("list_certificates", "CertificateSummaryList", "CertificateArn")),
    *_of("route53", ("list_hosted_zones", "HostedZones", "Id"), ("list_health_checks", "HealthChecks", "Id"), everywhere=True),
    *_of(
        "route53resolver",
        ("list_resolver_endpoints", "ResolverEndpoints", "Id"),
        ("list_resolver_rules", "ResolverRules", "Id"),
        ("list_resolver_query_log_configs", "ResolverQueryLogConfigs", "Id"),
        ("list_firewall_domain_lists", "FirewallDomainLists", "Id"),
        ("list_firewall_rule_groups", "FirewallRuleGroups", "Id"),
    ),
    *_of(
        "network-firewall",
        ("list_firewalls", "Firewalls", "FirewallArn"),
        ("list_firewall_policies", "FirewallPolicies", "Arn"),
        ("list_rule_groups", "RuleGroups", "Arn"),
    ),
    *_of(
        "ssm",
        ("describe_parameters", "Parameters", "Name"),
        ("describe_maintenance_windows", "WindowIdentities", "WindowId"),
        ("list_associations", "Associations", "AssociationId"),
    ),
    Listing("ssm", "list_documents", "DocumentIdentifiers", "Name", {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}),
    Listing("ssm", "describe_patch_baselines", "BaselineIdentities", "BaselineId", {"Filters": [{"Key": "OWNER", "Values": ["Self"]}]}),
    *_of("organizations", ("list_accounts", "Accounts", "Id"), ("list_roots", "Roots", "Id"), everywhere=True),
    *_of("organizations", ("list_policies", "Policies", "Id"), everywhere=True, Filter="SERVICE_CONTROL_POLICY"),
    *_of("sso-admin", ("list_instances", "Instances", "InstanceArn"), everywhere=True),
    *_of("ecr", ("describe_repositories", "repositories", "repositoryName")),
    *_of("kinesis", ("list_streams", "StreamNames", "")),
    *_of("firehose", ("list_delivery_streams", "DeliveryStreamNames", "")),
    *_of("resource-groups", ("list_groups", "GroupIdentifiers", "GroupName")),
    *_of("servicediscovery", ("list_namespaces", "Namespaces", "Id")),
    *_of("s3control", ("list_access_points", "AccessPointList", "Name")),
)  # fmt: skip

# Packages of pulumi_aws whose services have other names, or several.
SERVICES_OF = {
    "account": (),
    "ebs": ("ec2",),
    "vpc": ("ec2",),
    "lb": ("elbv2",),
    "alb": ("elbv2",),
    "cfg": ("config",),
    "cloudwatch": ("cloudwatch", "logs", "events"),
    "networkfirewall": ("network-firewall",),
    "route53": ("route53", "route53resolver"),
    "route53recoverycontrol": (),
    "ssoadmin": ("sso-admin",),
    "identitystore": (),
    "s3": ("s3",),
    "s3control": ("s3control",),
}
ASKED = frozenset(one.service for one in LISTINGS)


def services_of(types: set[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Services to ask for these type tokens (`aws:kms/key:Key`), and the packages for which there is none to ask."""
    packages = {token.split(":")[1].split("/")[0] for token in types if token.startswith("aws:")}
    asked: set[str] = set()
    unasked: set[str] = set()
    for package in packages:
        services = SERVICES_OF.get(package, (package,))
        asked.update(service for service in services if service in ASKED)
        if not any(service in ASKED for service in services):
            unasked.add(package)
    return frozenset(asked), frozenset(unasked)
