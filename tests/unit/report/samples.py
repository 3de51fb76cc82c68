"""Realistic results for the tests of reports: one per verdict. Numbers are made up, in the range of the lab's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stormproof.core.drill_result import (
    Bottleneck,
    CheckReport,
    Cleanup,
    Disarmed,
    DrillResult,
    EvidencePlace,
    Figures,
    Isolation,
    IsolationProof,
    NegativeControl,
    PhaseSpan,
    Probe,
    RecoveryPointReached,
    Scenario,
    StepSpan,
    StructureFact,
    Targets,
    Witness,
)
from stormproof.core.figures import Figure
from stormproof.core.finding import Finding, Severity
from stormproof.core.verdict import EXIT_CODES, CheckResult, Verdict

T_FAIL = datetime(2026, 1, 31, 4, 15, 0, 120000, tzinfo=UTC)
T_START = T_FAIL + timedelta(seconds=4)
HOSTILE = "<script>alert('x')</script> & \"quoted\" ]]> \x1b[31m \u202e"

# step, title, phase, offset, seconds, critical
_STEPS = [
    ("postgres.choose_point", "Choose the recovery point", "decide", 0.0, 0.4, True),
    ("postgres.check_space", "Check that the data will fit", "provision", 0.4, 0.3, True),
    ("files.check_space", "Check that the files will fit", "provision", 0.4, 0.2, False),
    ("postgres.restore", "Restore the cluster", "restore", 0.7, 4.8, True),
    ("files.restore", "Restore the uploaded files", "restore", 0.7, 2.9, False),
    ("postgres.disarm_settings", "Disarm what would act on the world", "restore", 5.5, 0.2, True),
    ("postgres.start_replay", "Start and replay the log", "replay", 5.7, 3.6, True),
    ("postgres.promote", "Promote", "start", 9.3, 0.6, True),
    ("files.compare", "Hold each file against its row", "restore", 9.9, 0.7, True),
    ("first_write", "First write and read as the application", "start", 10.6, 0.57, True),
]


def figures(**changes: Figure) -> Figures:
    values = {
        "rto_service_s": Figure(value=11.2, uncertainty_s=0.02, source="first verified write and read"),
        "rto_job_s": Figure(value=5.1, uncertainty_s=0.02, source="last restore job's end"),
        "rpo_point_s": Figure(value=412.0, uncertainty_s=0.01, source="start of the base backup"),
        "rpo_data_s": Figure(value=3.31, uncertainty_s=0.1, source="newest heartbeat that came back"),
        "rpo_consistent_s": Figure(value=41.8, uncertainty_s=0.5, source="rows and files of attachments"),
        "acknowledged_writes_lost": Figure(value=33, source="writer's own file"),
        "first_new_backup_s": Figure(value=6.4, uncertainty_s=0.02, source="pgBackRest backup of the restored service"),
        "window_s": Figure(value=1_468_800.0, source="oldest point that came back"),
    }
    return Figures(**{**values, **changes})


def proof(result: str = "proved", *, at_s: float = 0.0) -> IsolationProof:
    def probe(to: str, witness: str | None, **fields: object) -> Probe:
        expected = fields.pop("expected", "blocked")
        base = {
            "from_": "recovery-1",
            "to": to,
            "expected": expected,
            "saw": "blocked",
            "how": "EHOSTUNREACH",
            "ms": 0.4,
        }
        seen = None if witness is None else Witness(from_=witness, saw="connected")
        return Probe.model_validate({**base, "witness": seen, "counts": expected == "blocked", **fields})

    probes = [
        probe("vault:22", None, expected="connected", saw="connected", how="SSH-2.0-OpenSSH_9.2p1", ms=1.1),
        probe("app-primary:5432", "vault"),
        probe("app-primary:22", "vault"),
        probe("app-primary:5432", "vault", family="ipv6", how="ENETUNREACH"),
        probe("app-primary:5432", "vault", via="vault", how="administratively prohibited", ms=12.0),
        probe("app-web:443", "vault"),
        probe("app-web:22", "vault", family="ipv6", how="ENETUNREACH"),
        probe("outside:443", "app-web"),
        probe("outside:53", None, protocol="udp", how="no answer in 1 s", ms=1000.0, counts=False, moot=True),
    ]
    if result == "broken":
        probes[1] = probe("app-primary:5432", "vault", saw="connected", how="connected in 0.7 ms", ms=0.7)
    facts = [
        ("routes", "only the recovery network and the vault"),
        ("neighbours", "router, vault"),
        ("firewall", "drop by default; 1 rule accepts vault:22"),
        ("listening", "sshd on 22; nothing else"),
        ("credentials", "2 keys, both bound to one command at the vault"),
        ("agents", "no agent socket, no forwarded agent"),
    ]
    unknown = result == "unknown"
    return IsolationProof(
        result=result,
        at=T_FAIL + timedelta(seconds=3 + at_s),
        seconds=1.2,
        structure=[
            StructureFact(
                name=name,
                host="recovery-1",
                result=CheckResult.UNKNOWN if unknown and name == "firewall" else CheckResult.PASSED,
                saw="nft list ruleset: permission denied" if unknown and name == "firewall" else saw,
            )
            for name, saw in facts
        ],
        probes=probes,
        findings=[
            Finding(
                code="SP310",
                severity=Severity.CRITICAL,
                what="recovery-1 reached app-primary:5432",
                where="probe tcp/ipv4 recovery-1 to app-primary:5432",
                fix="add the rule that drops recovery to production, then prove isolation again",
            )
        ]
        if result == "broken"
        else [],
    )


def _checks() -> list[CheckReport]:
    names = [
        ("backup whole", "backup", 0.4),
        ("reached", "reached", 0.1),
        ("structure", "structure", 0.6),
        ("volume of orders", "volume", 0.1),
        ("no order without customer", "query", 0.1),
        ("integrity", "integrity", 1.4),
        ("freshness", "freshness", 0.1),
        ("files", "files", 0.9),
        ("cross-store", "cross_store", 0.3),
        ("settings", "settings", 0.1),
    ]
    return [
        CheckReport(name=name, kind=kind, result=CheckResult.PASSED, seconds=seconds) for name, kind, seconds in names
    ]


def met(run: str = "20260131T041500Z-7f3a", *, rto_s: float = 11.2, days: int = 0) -> DrillResult:
    """A drill as it should be."""
    later = timedelta(days=days)
    scale = rto_s / 11.2
    steps = [
        StepSpan(
            step=step,
            title=title,
            phase=phase,
            start=T_START + later + timedelta(seconds=offset * scale),
            offset_s=offset * scale,
            seconds=seconds * scale,
            critical=critical,
        )
        for step, title, phase, offset, seconds, critical in _STEPS
    ]
    phases = [
        PhaseSpan(
            name=name,
            seconds=round(sum(s.seconds for s in steps if s.critical and s.phase == name), 3),
            start=min(s.start for s in steps if s.phase == name),
            steps=[s.step for s in steps if s.critical and s.phase == name],
        )
        for name in ("decide", "provision", "restore", "replay", "start")
    ]
    return DrillResult(
        drill="shop-latest",
        title="The shop comes back after the loss of its primary",
        owner="platform@example.com",
        service="shop",
        runbook="restore_shop",
        run=run,
        verdict=Verdict.MET,
        exit_code=0,
        started=T_FAIL + later - timedelta(seconds=1),
        ended=T_FAIL + later + timedelta(seconds=22),
        scenario=Scenario(kind="loss", t_fail=T_FAIL + later, service="shop", injected=True, lsn="0/5C0F1A8"),
        isolation_level="root-namespaces",
        targets=Targets(rto_s=300.0, rpo_s=60.0, rpo_consistent_s=120.0),
        figures=figures(rto_service_s=Figure(value=rto_s, uncertainty_s=0.02, source="first verified write and read")),
        phases=phases,
        unaccounted_s=round(rto_s - sum(p.seconds for p in phases), 3),
        steps=steps,
        bottlenecks=[
            Bottleneck(
                what="archive-get over ssh, one segment at a time",
                seconds=3.6,
                share=0.32,
                remedy="TLS server and asynchronous get",
                predicted_gain_s=2.1,
            ),
            Bottleneck(
                what="restore limited by one process",
                seconds=4.8,
                share=0.43,
                remedy="process-max = 2",
                predicted_gain_s=1.9,
            ),
        ],
        not_included=["noticing the failure (detect)", "cutting users over to the restored service (cut_over)"],
        isolation=Isolation(before=proof(), after=proof(at_s=16)),
        checks=_checks(),
        disarmed=[
            Disarmed(
                kind="setting",
                name="archive_command",
                where="orders-db",
                how="set to /bin/false before the first start",
            ),
            Disarmed(kind="event trigger", name="notify_ddl", where="orders-db.shop", how="disabled"),
        ],
        checks_seconds=4.1,
        tear_down_seconds=0.4,
        recovery_points=[
            RecoveryPointReached(
                store="postgres",
                label="20260131-040801F",
                instant=T_FAIL + later - timedelta(seconds=412),
                reached=T_FAIL + later - timedelta(seconds=3.31),
                reached_lsn="0/5BFF0C8",
                expected_lsn="0/5BFF0C8",
                timeline=1,
            ),
            RecoveryPointReached(
                store="files", label="uploads 4f2a91c0", instant=T_FAIL + later - timedelta(seconds=41.8)
            ),
        ],
        clock_offsets={"app-web": Figure(value=0.0003, uncertainty_s=0.0006, source="four round trips over SSH")},
        secrets={"from": "file:keys/", "read": ["pgbackrest-cipher", "restic-password", "shop_app"]},
        cleanup=Cleanup(destroyed_bytes=334_217_728),
        evidence=EvidencePlace(path=f"evidence/{run}.dsse.json", sha256="9b" * 32),
        versions={"stormproof": "0.1.0", "postgresql": "15.14", "pgbackrest": "2.45", "restic": "0.14.0"},
    )


def _verdict(result: DrillResult, verdict: Verdict, **changes: object) -> DrillResult:
    return result.model_copy(update={"verdict": verdict, "exit_code": EXIT_CODES[verdict], **changes})


def missed() -> DrillResult:
    """Recovered and verified, but too slow."""
    base = met("20260207T041500Z-19c2", rto_s=342.0, days=7)
    finding = Finding(
        code="SP320",
        severity=Severity.MEDIUM,
        what="RTO 342.0 s is over its target of 300.0 s",
        where="drill shop-latest, phase restore: 147 s",
        fix="raise process-max to 2, or agree on another target",
    )
    return _verdict(base, Verdict.MISSED, findings=[finding])


def failed() -> DrillResult:
    """A gap in the log: the engine looks healthy and the data is not what it should be."""
    base = met("20260214T041500Z-a0b1", days=14)
    gap = Finding(
        code="SP304",
        severity=Severity.CRITICAL,
        what="recovery ended at 0/5000000, 12.6 MB before the end of the archive held at the failure",
        where="orders-db, timeline 1, after segment 000000010000000000000005",
        fix="look for segment 000000010000000000000006 at the vault; run `pgbackrest --stanza=main check` on app-primary",
    )
    rows = Finding(
        code="SP331",
        severity=Severity.HIGH,
        what="48 attachments have no file",
        where="shop: attachments.path against /srv/uploads",
        fix="take the snapshot of uploads more often than the database's backup",
    )
    checks = [
        c.model_copy(update={"result": CheckResult.FAILED, "findings": [gap]})
        if c.name == "reached"
        else c.model_copy(update={"result": CheckResult.FAILED, "findings": [rows]})
        if c.name == "cross-store"
        else c
        for c in base.checks
    ]
    return _verdict(
        base,
        Verdict.FAILED,
        checks=checks,
        findings=[gap, rows],
        figures=figures(
            rpo_data_s=Figure(value=97.4, uncertainty_s=0.1, source="newest heartbeat that came back"),
            rpo_consistent_s=Figure.unmeasured("rows before the snapshot have no file"),
            acknowledged_writes_lost=Figure(value=974, source="writer's own file"),
        ),
        negative_controls=[
            NegativeControl(name="lost-wal-segment", seeded=True, caught_by=["reached"], seconds=2.0),
            NegativeControl(name="wrong-key", seeded=True, caught_by=[], seconds=1.2),
        ],
    )


def unverified() -> DrillResult:
    """Everything that was looked at is good, but a check could not look."""
    base = met("20260221T041500Z-c3d4", days=21)
    finding = Finding(
        code="SP340",
        severity=Severity.MEDIUM,
        what="amcheck could not look: extension amcheck is not installed on recovery-1",
        where="orders-db, check integrity",
        fix="apt-get install postgresql-contrib on recovery-1",
    )
    checks = [
        c.model_copy(update={"result": CheckResult.UNKNOWN, "findings": [finding]}) if c.name == "integrity" else c
        for c in base.checks
    ]
    return _verdict(
        base,
        Verdict.UNVERIFIED,
        checks=checks,
        findings=[finding],
        isolation=Isolation(before=proof(), after=proof("unknown", at_s=16)),
    )


def refused() -> DrillResult:
    """Isolation was not proved, so nothing was moved: no phase, no figure."""
    why = "the drill was refused before anything was restored"
    none = Figure.unmeasured(why)
    base = met("20260228T041500Z-e5f6", days=28)
    return _verdict(
        base,
        Verdict.REFUSED,
        figures=Figures(
            rto_service_s=none,
            rto_job_s=none,
            rpo_point_s=none,
            rpo_data_s=none,
            rpo_consistent_s=none,
            acknowledged_writes_lost=none,
        ),
        phases=[],
        steps=[],
        unaccounted_s=None,
        bottlenecks=[],
        checks=[],
        disarmed=[],
        recovery_points=[],
        checks_seconds=None,
        tear_down_seconds=None,
        isolation=Isolation(before=proof("broken")),
        cleanup=Cleanup(),
        findings=proof("broken").findings,
    )


def hostile() -> DrillResult:
    """Texts as a hostile backup could put them into a result: every one must come out as text."""
    base = failed()
    finding = Finding(code="SP331", severity=Severity.HIGH, what=HOSTILE, where=HOSTILE, fix=HOSTILE)
    steps = [s.model_copy(update={"title": HOSTILE, "step": HOSTILE}) for s in base.steps]
    return base.model_copy(
        update={
            "drill": "shop-latest",
            "title": HOSTILE,
            "owner": HOSTILE,
            "findings": [finding] * 3,
            "steps": steps,
            "checks": [
                CheckReport(name=HOSTILE, kind="query", result=CheckResult.FAILED, seconds=1, findings=[finding])
            ],
            "disarmed": [Disarmed(kind="event trigger", name=HOSTILE, where=HOSTILE, how=HOSTILE)],
            "versions": {HOSTILE: HOSTILE},
        }
    )


def everything() -> list[DrillResult]:
    return [met(), missed(), failed(), unverified(), refused(), hostile()]


def past(count: int = 12) -> list[DrillResult]:
    """A history of drills that met their targets, weekly, slowly getting slower. Oldest first."""
    return [
        met(
            f"{T_FAIL - timedelta(days=7 * (count - i)):%Y%m%d}T041500Z-{i:04x}",
            rto_s=9.0 + i * 0.25 + (i % 3) * 0.8,
            days=-7 * (count - i),
        )
        for i in range(count)
    ]
