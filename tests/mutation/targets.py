"""Which modules decide, and which unit tests must notice when one of them decides otherwise."""

from __future__ import annotations

_ISOLATION = (
    "core/test_isolation_edges.py",
    "core/test_isolation_rule_edges.py",
    "core/test_isolation_decision.py",
    "core/test_isolation_plan.py",
    "core/test_isolation_plan_edges.py",
    "core/test_isolation_structure.py",
    "core/test_isolation_never_flatters.py",
)
_WAL = (
    "core/test_wal.py",
    "core/test_wal_edges.py",
    "core/test_wal_damage_edges.py",
    "core/test_wal_crc.py",
    "core/test_wal_records.py",
    "core/test_wal_timeline.py",
    "core/test_wal_timeline_edges.py",
    "core/test_reached.py",
)
_DRILL = ("drill/test_drill_verdict.py",)

# Module below stormproof -> test files below tests/unit.
TARGETS: dict[str, tuple[str, ...]] = {
    "core.verdict": ("core/test_verdict.py", "core/test_verdict_edges.py", *_DRILL),
    "core.figures": ("core/test_figures.py", "core/test_figures_edges.py", "core/test_heartbeat.py", *_DRILL),
    "core.heartbeat": ("core/test_heartbeat.py", "core/test_heartbeat_edges.py"),
    "drill.measured": ("drill/test_measured.py", *_DRILL),
    "core.critical_path": ("core/test_critical_path.py", "core/test_critical_path_edges.py"),
    "core.bottleneck": (
        "core/test_bottleneck.py",
        "core/test_bottleneck_edges.py",
        "core/test_bottleneck_predictions.py",
        "core/test_predicted_gains.py",
    ),
    "core.recovery_log": ("core/test_recovery_log.py",),
    "core.backup_whole": ("core/test_backup_whole.py",),
    "drill.clocks": ("drill/test_drill_clocks.py",),
    "core.recovery_point": (
        "core/test_recovery_point.py",
        "core/test_recovery_point_edges.py",
        "core/test_reached_edges.py",
    ),
    "core.reached": ("core/test_reached.py", "core/test_reached_edges.py"),
    "core.wal": _WAL,
    "core.wal_crc": _WAL,
    "core.wal_records": _WAL,
    "core.wal_timeline": _WAL,
    "core.chain": ("core/test_evidence_chain.py", "core/test_evidence_chain_edges.py"),
    "core.isolation": _ISOLATION,
    "core.isolation_credentials": _ISOLATION,
    "core.isolation_fact": _ISOLATION,
    "core.isolation_findings": _ISOLATION,
    "core.isolation_looks": _ISOLATION,
    "core.isolation_network": _ISOLATION,
    "core.isolation_plan": _ISOLATION,
    "core.isolation_scope": _ISOLATION,
    "core.isolation_structure": _ISOLATION,
    "core.isolation_through": _ISOLATION,
}
