"""Somebody is told when a backup or a copy fails."""

from __future__ import annotations

import json
from collections.abc import Iterator

from infra.policy.rules._backup import PLAN, VAULT
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

NOTIFICATIONS = "aws:backup/vaultNotifications:VaultNotifications"
ALARM, EVENT_RULE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
# Source: AWS Backup, PutBackupVaultNotifications. BACKUP_JOB_COMPLETED tells of every end, a failed one too.
FAILURES = ("BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "BACKUP_JOB_COMPLETED", "COPY_JOB_FAILED")
METRICS = ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired", "NumberOfBackupJobsAborted")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    plans = graph.of(PLAN)
    if not plans:
        return
    if _by_alarm(graph) or _by_event(graph):
        yield from (passed(plan) for plan in plans)
        return
    for plan in plans:
        rules = plan.items("rules")
        numbers = range(0 if isinstance(rules, Unknown) else len(rules))
        vaults = {v.urn: v for n in numbers for v in graph.targets(plan, f"rules.{n}.targetVaultName", VAULT)}
        told = [_tells(graph, vault) for vault in vaults.values()]
        if told and all(one is True for one in told):
            yield passed(plan)
        elif any(isinstance(one, Unknown) for one in told):
            yield unknown(plan, "of which events its vault tells", "write `backup_vault_events` out")
        else:
            yield failed(
                plan,
                "nobody is told when a backup of it fails",
                "declare VaultNotifications of failed jobs, or an alarm",
            )


def _tells(graph: ResourceGraph, vault: Resource) -> bool | Unknown:
    listed = [one.items("backupVaultEvents") for one in graph.pointing_at(vault, "backupVaultName", NOTIFICATIONS)]
    for one in listed:
        if not isinstance(one, Unknown) and any(event in FAILURES for event in one):
            return True
    return next((one for one in listed if isinstance(one, Unknown)), False)


def _by_alarm(graph: ResourceGraph) -> bool:
    return any(
        one.get("namespace") == "AWS/Backup" and one.get("metricName") in METRICS and has_actions(one)
        for one in graph.of(ALARM)
    )


def has_actions(alarm: Resource) -> bool:
    actions = alarm.get("alarmActions", [])
    return has_unknown(actions) or bool(actions)


def _by_event(graph: ResourceGraph) -> bool:
    return any(
        one.get("state", "ENABLED") != "DISABLED"
        and _waits_for_failures(one.get("eventPattern"))
        and graph.pointing_at(one, "rule", TARGET)
        for one in graph.of(EVENT_RULE)
    )


def _waits_for_failures(pattern: object) -> bool:
    """Whether an event rule is about AWS Backup, and does not leave out what failed."""
    if not isinstance(pattern, str) or "aws.backup" not in pattern:
        return False
    try:
        detail = json.loads(pattern).get("detail", {})
    except (ValueError, AttributeError):
        return False
    states = [detail.get(key) for key in ("state", "status") if isinstance(detail, dict) and key in detail]
    return all("FAILED" in json.dumps(one) or "anything-but" in json.dumps(one) for one in states)


RULE = Rule(
    id="backup-failures-told",
    title="Somebody is told of failed backups",
    statements=("9-a", "8-a"),
    severity=Severity.HIGH,
    risk="Backups failed since spring, and the first to notice is who needs one.",
    remedy="Declare VaultNotifications for failed and expired jobs, or an alarm on AWS/Backup's metrics.",
    check=_check,
    soc2=("A1.2", "CC7.2"),
    iso27001=("A.8.13",),
)
