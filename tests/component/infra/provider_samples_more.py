"""Samples of the services around the stores: edge, detection, messages, functions, patching, organisation."""

from __future__ import annotations

import json
from typing import Any

from provider_samples import ACCOUNT, BACKUPS, BUCKETS, IDENTITIES, KEYS, NETWORK, ROOT, STORES, TAGS, Sample, document

from stormproof.lab.aws.provider import wire

CODE = {wire.SIGNATURE: wire.ARCHIVE, "assets": {
    "handler.py": {wire.SIGNATURE: wire.ASSET, "text": "def handle(event, context):\n    return event\n"}}}  # fmt: skip

EDGE: dict[str, Sample] = {
    "balancer": ("aws:lb/loadBalancer:LoadBalancer", {
        "name": "edge", "internal": False, "loadBalancerType": "application", "subnets": ["${subnet}", "${subnet-b}"],
        "securityGroups": ["${group}"], "enableDeletionProtection": False, "dropInvalidHeaderFields": True,
        "accessLogs": {"bucket": "${logs}", "enabled": True, "prefix": "lb"}, "tags": TAGS}),
    "target-group": ("aws:lb/targetGroup:TargetGroup", {
        "name": "app", "port": 8443, "protocol": "HTTPS", "vpcId": "${vpc}", "targetType": "ip", "deregistrationDelay": 30,
        "healthCheck": {"path": "/health", "protocol": "HTTPS", "matcher": "200"}, "tags": TAGS}),
    "certificate": ("aws:acm/certificate:Certificate", {"domainName": "www.example.com", "validationMethod": "DNS",
                                                        "tags": TAGS}),
    "listener": ("aws:lb/listener:Listener", {
        "loadBalancerArn": "${balancer}", "port": 443, "protocol": "HTTPS", "certificateArn": "${certificate}",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "tags": TAGS,
        "defaultActions": [{"type": "forward", "targetGroupArn": "${target-group}"}]}),
    "redirect": ("aws:lb/listener:Listener", {
        "loadBalancerArn": "${balancer}", "port": 80, "protocol": "HTTP", "defaultActions": [
            {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}]}),
    "listener-rule": ("aws:lb/listenerRule:ListenerRule", {
        "listenerArn": "${listener}", "priority": 10, "tags": TAGS,
        "conditions": [{"pathPattern": {"values": ["/.well-known/security.txt"]}}],
        "actions": [{"type": "fixed-response", "fixedResponse": {
            "contentType": "text/plain", "statusCode": "200", "messageBody": "Contact: https://example.com"}}]}),
    "web-acl": ("aws:wafv2/webAcl:WebAcl", {
        "name": "edge", "scope": "REGIONAL", "defaultAction": {"allow": {}}, "tags": TAGS,
        "visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "edge", "sampledRequestsEnabled": True},
        "rules": [{
            "name": "rate", "priority": 1, "action": {"block": {}},
            "statement": {"rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP"}},
            "visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "rate", "sampledRequestsEnabled": True}}]}),
    "web-acl-association": ("aws:wafv2/webAclAssociation:WebAclAssociation", {"resourceArn": "${balancer}",
                                                                              "webAclArn": "${web-acl.arn}"}),
    "web-acl-logs": ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", {
        "resourceArn": "${web-acl.arn}", "logDestinationConfigs": ["${waf-log.arn}"]}),
    "waf-log": ("aws:cloudwatch/logGroup:LogGroup", {"name": "aws-waf-logs-edge", "retentionInDays": 365}),
}  # fmt: skip

DETECTION: dict[str, Sample] = {
    "trail": ("aws:cloudtrail/trail:Trail", {
        "name": "account", "s3BucketName": "${logs-policy}", "kmsKeyId": "${key.arn}", "isMultiRegionTrail": True,
        "enableLogFileValidation": True, "includeGlobalServiceEvents": True, "enableLogging": True, "tags": TAGS}),
    "recorder": ("aws:cfg/recorder:Recorder", {"name": "default", "roleArn": "${role.arn}", "recordingGroup": {
        "allSupported": True, "includeGlobalResourceTypes": True}}),
    "channel": ("aws:cfg/deliveryChannel:DeliveryChannel", {"name": "${recorder}", "s3BucketName": "${logs}",
                                                            "snapshotDeliveryProperties": {"deliveryFrequency": "Six_Hours"}}),
    "recorder-status": ("aws:cfg/recorderStatus:RecorderStatus", {"name": "${channel}", "isEnabled": True}),
    "config-rule": ("aws:cfg/rule:Rule", {"name": "rds-encrypted", "tags": TAGS, "source": {
        "owner": "AWS", "sourceIdentifier": "RDS_STORAGE_ENCRYPTED"}}),
    "detector": ("aws:guardduty/detector:Detector", {"enable": True, "findingPublishingFrequency": "FIFTEEN_MINUTES"}),
    "hub": ("aws:securityhub/account:Account", {"enableDefaultStandards": False}),
    "inspector": ("aws:inspector2/enabler:Enabler", {"accountIds": [ACCOUNT], "resourceTypes": ["EC2", "LAMBDA"]}),
    "inspector-admin": ("aws:inspector2/delegatedAdminAccount:DelegatedAdminAccount", {"accountId": "111122223333"}),
    "inspector-members": ("aws:inspector2/organizationConfiguration:OrganizationConfiguration", {
        "autoEnable": {"ec2": True, "ecr": True, "lambda": True}}),
    "inspector-member": ("aws:inspector2/memberAssociation:MemberAssociation", {"accountId": "444455556666"}),
    "disks": ("aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": True}),
    "contact": ("aws:account/alternativeContact:AlternativeContact", {
        "alternateContactType": "SECURITY", "name": "Security", "title": "Team", "emailAddress": "security@example.com",
        "phoneNumber": "+44 20 7946 0000"}),
    "image-scan": ("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration", {
        "scanType": "BASIC", "rules": [{"scanFrequency": "SCAN_ON_PUSH",
                                        "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]}),
}  # fmt: skip

WATCHING: dict[str, Sample] = {
    "log-group": ("aws:cloudwatch/logGroup:LogGroup", {"name": "/lab/app", "retentionInDays": 400,
                                                       "kmsKeyId": "${key.arn}", "tags": TAGS}),
    "metric-filter": ("aws:cloudwatch/logMetricFilter:LogMetricFilter", {
        "name": "root", "logGroupName": "${log-group}", "pattern": '{ $.userIdentity.type = "Root" }',
        "metricTransformation": {"name": "RootUse", "namespace": "lab", "value": "1"}}),
    "subscription-filter": ("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", {
        "name": "out", "logGroup": "${log-group}", "filterPattern": "ERROR", "destinationArn": "${function.arn}"}),
    "log-policy": ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", {
        "policyName": "route53", "policyDocument": document("logs:PutLogEvents",
                                                            principal={"Service": "route53.amazonaws.com"})}),
    "alarm": ("aws:cloudwatch/metricAlarm:MetricAlarm", {
        "name": "root-use", "comparisonOperator": "GreaterThanOrEqualToThreshold", "evaluationPeriods": 1, "period": 60,
        "metricName": "RootUse", "namespace": "lab", "statistic": "Sum", "threshold": 1, "actionsEnabled": True, "alarmActions": ["${topic}"],
        "treatMissingData": "notBreaching", "tags": TAGS}),
    "latency-alarm": ("aws:cloudwatch/metricAlarm:MetricAlarm", {
        "name": "slow", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 5, "threshold": 1.5,
        "metricQueries": [
            {"id": "slow", "returnData": True, "expression": "p99 * 1000"},
            {"id": "p99", "metric": {"metricName": "TargetResponseTime", "namespace": "AWS/ApplicationELB", "period": 60,
                                     "stat": "p99", "dimensions": {"LoadBalancer": "app/edge/1"}}}]}),
    "event-rule": ("aws:cloudwatch/eventRule:EventRule", {
        "name": "failed-backups", "tags": TAGS, "eventPattern": json.dumps({"source": ["aws.backup"]})}),
    "event-target": ("aws:cloudwatch/eventTarget:EventTarget", {"rule": "${event-rule}", "targetId": "topic",
                                                                "arn": "${topic}"}),
    "topic": ("aws:sns/topic:Topic", {"name": "alarms", "kmsMasterKeyId": "${key}", "tags": TAGS}),
    "topic-policy": ("aws:sns/topicPolicy:TopicPolicy", {
        "arn": "${topic}", "policy": document("SNS:Publish", principal={"Service": "events.amazonaws.com"},
                                              resource="${topic}")}),
    "queue": ("aws:sqs/queue:Queue", {"name": "alarms", "kmsMasterKeyId": "${key}", "messageRetentionSeconds": 1209600,
                                      "tags": TAGS}),
    "queue-policy": ("aws:sqs/queuePolicy:QueuePolicy", {
        "queueUrl": "${queue}", "policy": document("sqs:SendMessage", principal=ROOT, resource="${queue.arn}")}),
    "subscription": ("aws:sns/topicSubscription:TopicSubscription", {"topic": "${topic}", "protocol": "sqs",
                                                                     "endpoint": "${queue.arn}"}),
}  # fmt: skip

FUNCTIONS: dict[str, Sample] = {
    "function": ("aws:lambda/function:Function", {
        "name": "heartbeat", "role": "${role.arn}", "runtime": "python3.13", "handler": "handler.handle", "code": CODE,
        "timeout": 30, "memorySize": 256, "environment": {"variables": {"LEVEL": "info"}}, "kmsKeyArn": "${key.arn}",
        "tags": TAGS}),
    "retries": ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", {
        "functionName": "${function}", "maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 60}),
    "permission": ("aws:lambda/permission:Permission", {
        "statementId": "events", "action": "lambda:InvokeFunction", "function": "${function}",
        "principal": "events.amazonaws.com", "sourceArn": "${event-rule.arn}"}),
    "mapping": ("aws:lambda/eventSourceMapping:EventSourceMapping", {
        "functionName": "${function}", "eventSourceArn": "${plain-queue.arn}", "batchSize": 5}),
    "plain-queue": ("aws:sqs/queue:Queue", {"name": "jobs", "visibilityTimeoutSeconds": 60}),
    "schedule": ("aws:scheduler/schedule:Schedule", {
        "name": "heartbeat", "groupName": "${schedule-group}", "scheduleExpression": "rate(1 minute)",
        "flexibleTimeWindow": {"mode": "OFF"}, "kmsKeyArn": "${key.arn}",
        "target": {"arn": "${function.arn}", "roleArn": "${role.arn}", "retryPolicy": {"maximumRetryAttempts": 1}}}),
    "schedule-group": ("aws:scheduler/scheduleGroup:ScheduleGroup", {"name": "lab", "tags": TAGS}),
}  # fmt: skip

PATCHING: dict[str, Sample] = {
    "baseline": ("aws:ssm/patchBaseline:PatchBaseline", {
        "name": "debian", "operatingSystem": "DEBIAN", "tags": TAGS, "approvalRules": [{
            "approveAfterDays": 7, "patchFilters": [{"key": "PRIORITY", "values": ["Required"]}]}]}),
    "window": ("aws:ssm/maintenanceWindow:MaintenanceWindow", {
        "name": "night", "schedule": "cron(0 3 ? * SUN *)", "duration": 3, "cutoff": 1, "tags": TAGS}),
    "window-target": ("aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget", {
        "windowId": "${window}", "resourceType": "INSTANCE", "targets": [{"key": "tag:patch", "values": ["lab"]}]}),
    "window-task": ("aws:ssm/maintenanceWindowTask:MaintenanceWindowTask", {
        "windowId": "${window}", "taskArn": "AWS-RunPatchBaseline", "taskType": "RUN_COMMAND", "maxConcurrency": "1",
        "maxErrors": "1", "targets": [{"key": "WindowTargetIds", "values": ["${window-target}"]}],
        "taskInvocationParameters": {"runCommandParameters": {
            "timeoutSeconds": 600, "parameters": [{"name": "Operation", "values": ["Install"]}]}}}),
    "parameter": ("aws:ssm/parameter:Parameter", {"name": "/lab/level", "type": "String", "value": "info",
                                                  "tags": TAGS}),
}  # fmt: skip

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
ORGANISATION: dict[str, Sample] = {
    "organisation": ("aws:organizations/organization:Organization", {
        "featureSet": "ALL", "enabledPolicyTypes": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]}),
    "guardrail": ("aws:organizations/policy:Policy", {"name": "locks", "type": "SERVICE_CONTROL_POLICY",
                                                      "content": document("s3:*")}),
    "guardrail-attached": ("aws:organizations/policyAttachment:PolicyAttachment", {"policyId": "${guardrail}",
                                                                                   "targetId": ACCOUNT}),
    "permission-set": ("aws:ssoadmin/permissionSet:PermissionSet", {"name": "auditor", "instanceArn": INSTANCE,
                                                                    "sessionDuration": "PT4H", "description": "audits"}),
    "set-policy": ("aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", {
        "instanceArn": INSTANCE, "permissionSetArn": "${permission-set.arn}", "inlinePolicy": document("s3:Get*")}),
    "set-managed": ("aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", {
        "instanceArn": INSTANCE, "permissionSetArn": "${permission-set.arn}",
        "managedPolicyArn": "arn:aws:iam::aws:policy/SecurityAudit"}),
    "assignment": ("aws:ssoadmin/accountAssignment:AccountAssignment", {
        "instanceArn": INSTANCE, "permissionSetArn": "${permission-set.arn}", "principalType": "GROUP",
        "principalId": "0123456789-abcdef01-2345-6789-abcd-ef0123456789", "targetType": "AWS_ACCOUNT",
        "targetId": ACCOUNT}),
}  # fmt: skip

SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    **KEYS, **BUCKETS, **IDENTITIES, **NETWORK, **STORES, **BACKUPS, **EDGE, **DETECTION, **WATCHING, **FUNCTIONS,
    **PATCHING, **ORGANISATION,
}  # fmt: skip
