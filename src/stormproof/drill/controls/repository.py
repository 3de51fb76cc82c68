"""Controls of the repository: faults in a private copy of the few files that it takes. The vault is read, and never written to."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from stormproof.adapters import pgbackrest
from stormproof.adapters.pgbackrest_backup import look_at_backup
from stormproof.adapters.pgbackrest_damage import Backup, StoredFile, damaged_file, first_file, restore_failure
from stormproof.adapters.private_repository import PrivateRepository, private_repository
from stormproof.core import negative_control_repository as plans
from stormproof.core.backup_whole import backup_whole
from stormproof.core.drill_result import CheckReport
from stormproof.core.errors import StormproofError, Unverified
from stormproof.core.finding import Finding, Severity
from stormproof.core.negative_control import Answers, Seed, Watch
from stormproof.core.ports import JobState
from stormproof.core.verdict import CheckResult
from stormproof.drill.controls.control import Control
from stormproof.drill.controls.restored_from import entry_of, passphrase_of, point_of
from stormproof.drill.controls.wal import prove_damaged_segment, prove_lost_segment
from stormproof.drill.result import as_finding

if TYPE_CHECKING:
    from stormproof.drill.controls.bench import Bench

RESTORE_BOUND_SECONDS = 600.0


def prove_flipped_bit(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """The restore's own script, from a repository whose first file has a flipped bit. It has no other: it is never reached."""
    entry = entry_of(bench)
    copy = _described(bench)
    backup = Backup(entry.stanza, _label(bench), f"{bench.folder}/look", copy.env)
    chosen = first_file(bench.host, backup)
    private_repository(
        bench.host, folder=copy.folder, stanza=entry.stanza, paths=[chosen.path], env=passphrase_of(bench)
    )
    if _reads_badly(bench, backup, chosen):
        raise Unverified(
            f"{chosen.name} of the private copy cannot be read before a bit of it was flipped",
            where=f"{bench.host.name}:{copy.folder}",
            fix="run `pgbackrest verify` on the vault",
            code="SP537",
        )
    copy.flip_bit(chosen.path, offset=chosen.middle)
    bench.seeded()
    began = bench.ports.clock.now().monotonic
    script = pgbackrest.restore_script(
        stanza=entry.stanza, label=backup.label, run_dir=bench.folder, processes=1, delta=False
    )
    done = bench.host.run(script, env=copy.env, timeout_seconds=RESTORE_BOUND_SECONDS)
    findings = []
    if done.status != 0:
        state = JobState("restore", True, done.status, False, done.seconds, done.stdout[-4000:], done.stderr[-4000:])
        where = f"{bench.host.name}:{copy.folder}"
        error = restore_failure(bench.host, state, backup, pgdata=f"{bench.folder}/pgdata", where=where)
        findings.append(as_finding(error, Severity.CRITICAL))
    seconds = bench.ports.clock.now().monotonic - began
    named = any(chosen.name in finding.what for finding in findings)
    return Answers([_report("restore", findings, seconds)], named=named)


def prove_flipped_manifest(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """Both copies of every description, with one bit of backup.manifest flipped, read as the drill reads the vault's."""
    label, stanza = _label(bench), entry_of(bench).stanza
    copy = _described(bench)
    where = f"{bench.host.name}:{copy.folder}"

    def look() -> CheckReport:
        began = bench.ports.clock.now().monotonic
        facts = look_at_backup(
            bench.host, stanza=stanza, label=label, folder=f"{bench.folder}/look", env=copy.env, where=where
        )
        decided = backup_whole(facts)
        seconds = round(bench.ports.clock.now().monotonic - began, 3)
        return CheckReport(
            name="backup_whole", kind="backup_whole", result=decided.result, seconds=seconds,
            findings=list(decided.findings), facts=dict(decided.facts),
        )  # fmt: skip

    before = look()
    if before.result is not CheckResult.PASSED:
        raise Unverified(
            f"the private copy is not whole before a bit of it was flipped: {before.findings[0].what}",
            where=where,
            fix="see the check backup_whole of the drill itself",
            code="SP537",
        )
    copy.flip_bit(f"backup/{stanza}/{label}/backup.manifest")
    bench.seeded()
    return Answers([look()])


def prove_wrong_passphrase(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """What the runbook asks first, the list of backups, asked of the vault itself with another passphrase."""
    entry = entry_of(bench)
    wrong = {pgbackrest.CIPHER_VARIABLE: secrets.token_urlsafe(32)}
    bench.seeded()
    began = bench.ports.clock.now().monotonic
    findings = []
    try:
        pgbackrest.list_backups(bench.host, stanza=entry.stanza, env=wrong)
    except StormproofError as error:
        findings.append(as_finding(error, Severity.CRITICAL))
    return Answers([_report("restore", findings, bench.ports.clock.now().monotonic - began)])


def _described(bench: Bench) -> PrivateRepository:
    """A private repository with everything that describes the chosen backup, and none of its files."""
    stanza, label = entry_of(bench).stanza, _label(bench)
    paths = [
        f"backup/{stanza}/backup.info",
        f"archive/{stanza}/archive.info",
        f"backup/{stanza}/{label}/backup.manifest",
    ]
    return private_repository(
        bench.host, folder=f"{bench.folder}/private", stanza=stanza, paths=paths, env=passphrase_of(bench)
    )


def _reads_badly(bench: Bench, backup: Backup, chosen: StoredFile) -> bool:
    """Into an empty folder nothing was restored yet, so the first file that is looked at is the chosen one."""
    return damaged_file(bench.host, backup, f"{bench.folder}/nowhere") == chosen.name


def _label(bench: Bench) -> str:
    return str(point_of(bench)["label"])


def _report(name: str, findings: list[Finding], seconds: float) -> CheckReport:
    result = CheckResult.FAILED if findings else CheckResult.PASSED
    return CheckReport(name=name, kind=name, result=result, seconds=round(seconds, 3), findings=findings)


REPOSITORY_CONTROLS: tuple[Control, ...] = (
    Control("lost-wal-segment", "a WAL segment is lost in the vault", plans.lost_segment, plans.watch_segment, prove_lost_segment, "repository"),
    Control("damaged-wal-segment", "a WAL segment is damaged in the vault", plans.damaged_segment, plans.watch_segment, prove_damaged_segment, "repository"),
    Control("flipped-repository-bit", "one bit of the repository is flipped", plans.flipped_repository_bit, plans.watch_restore, prove_flipped_bit, "repository"),
    Control("flipped-manifest-bit", "one bit of backup.manifest is flipped", plans.flipped_manifest_bit, plans.watch_backup_whole, prove_flipped_manifest, "repository"),
    Control("wrong-passphrase", "the passphrase is not the repository's", plans.wrong_passphrase, plans.watch_restore, prove_wrong_passphrase, "repository"),
)  # fmt: skip
