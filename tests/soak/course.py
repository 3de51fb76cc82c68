"""One course: a drill under its kills, brought to an end with what the product offers, and what must hold then."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from drill_support import Project

from soak import look
from soak.faults import Faults
from soak.plan import Course, Kill
from soak.process import Call
from stormproof.adapters.host_claim import FILE as CLAIM
from stormproof.lab.lab import Lab

SETTLE_SECONDS = 60.0  # a killed server's children and a cut connection's shell need a moment to be gone
GOOD_CODES = {0, 1, 2, 3, 4, 5, 6, 69}  # 70 is a mistake of ours
DRILLS = {
    "soak-orders": ("restore_postgres", "orders-db", ["structure: {}", "volume: {table: orders, rows: {min: 1000, max_drop_percent: 20}}", "freshness: {watermark: {table: stormproof.heartbeat, column: at}, max_age: 10m}"]),
    "soak-shop": ("restore_shop", "shop", ["structure: {}", "files: {}", "cross_store: {}", "integrity: {foreign_keys: true, sequences: true}"]),
    "soak-uploads": ("restore_files", "uploads", ["files: {min_files: 1}"]),
}  # fmt: skip


class Broken(AssertionError):
    """Something that must hold did not."""


@dataclass
class Story:
    """What happened in one course, for its line of progress and its judgement."""

    run: str = ""
    killed: list[Kill] = field(default_factory=list)
    swept: bool = False
    code: int | None = None
    verdict: str = ""
    looked_at_data: bool = False
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def kinds(self) -> set[str]:
        return {kill.kind for kill in self.killed}


def write_drills(project: Project) -> None:
    """Drills that harm nothing: the source lives on, so that nothing has to be healed after each."""
    for name, (book, service, checks) in DRILLS.items():
        lines = "".join(f"  - {check}\n" for check in checks)
        (project.folder / "drills" / f"{name}.yaml").write_text(
            f"drill: {name}\ntitle: A drill under kills\nowner: soak@example.com\nrunbook: {book}\n"
            f"environment: recovery\nscenario: {{kind: loss, service: {service}, at: now}}\npoint: newest\n"
            f"targets: {{rto: 2h, rpo: 2h}}\nchecks:\n{lines}",
            encoding="utf-8",
        )


class Soak:
    """The project, its lab, and the hand that kills."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.lab = Lab(project.folder, project.state)
        self.foundation = self.lab._foundation
        self.journal = self.lab.folder.parent / "journal.sqlite"
        self.faults = Faults(self.foundation)
        self.mounts = look.mounts(self.foundation)
        self.namespaces = look.namespaces(self.foundation)
        self.stale: set[str] = set()
        self.has_signed = False

    # -- one course

    def carry_out(self, course: Course, limit: int) -> Story:
        """Raises Broken or Hung. At most `limit` kills."""
        story = Story()
        before = self._runs()
        words = self._first_words(course)
        kills = list(course.kills[:limit])
        while words:
            call = self._call(*words)
            words = self._under_kills(call, course, story, kills, before)
            self.faults.mended()
            if "router" in story.kinds:
                self._json("lab", "up")
                self.mounts, self.namespaces = look.mounts(self.foundation), look.namespaces(self.foundation)
        self._judge(course, story, before)
        return story

    def _under_kills(
        self, call: Call, course: Course, story: Story, kills: list[Kill], before: set[str]
    ) -> tuple[str, ...]:
        """Let the kills fall until the call ends. Answers what to call next, () when it is over."""
        while kills:
            kill = kills[0]
            if not call.reaches(kill.line, kill.seconds):
                break
            kills.pop(0)
            met = call.kill() if kill.kind == "runner" else self.faults.do(kill)
            if met:
                story.killed.append(kill)
            if met and kill.kind == "runner":
                return self._after_the_runner(course, story, before)
        story.code = call.wait()
        self._sound(call, story.code)
        story.run = story.run or self._new_run(before)
        if story.code == 6 and story.run and not course.is_runbook and kills:
            return ("drill", "resume", story.run, "--json")
        if call.out and not course.is_runbook and "sweep" not in call.words:
            story.document = json.loads(call.out)
        return ()

    def _after_the_runner(self, course: Course, story: Story, before: set[str]) -> tuple[str, ...]:
        story.run = story.run or self._new_run(before)
        resumes = course.resume[len([k for k in story.killed if k.kind == "runner"]) - 1]
        if not story.run or not resumes:
            story.swept = True
            return ()
        noun = "runbook" if course.is_runbook else "drill"
        return (noun, "resume", story.run, "--json")

    def recover(self) -> None:
        """After something did not hold: put things right as far as that goes, so that the next course is not judged for it."""
        self.faults.mended()
        for words in (("lab", "up"), ("drill", "sweep")):
            self._call(*words, "--json").wait()
        for run in [name for name in look.folders(self.foundation) if name[:1].isdigit()]:
            self._call("drill", "sweep", run, "--json").wait()
        self.mounts, self.namespaces = look.mounts(self.foundation), look.namespaces(self.foundation)
        self.stale = set(look.folders(self.foundation))  # told once already

    # -- what must hold

    def _judge(self, course: Course, story: Story, before: set[str]) -> None:
        if story.run and not story.swept:
            self._ended_truly(course, story)
        if story.run:
            self._acted_once(course, story)
        self._sweep(story)
        self._nothing_lost(course, story, before)
        if CLAIM in look.folders(self.foundation):
            # On its way when its runner was killed, it may arrive behind the sweep. It lapses; the next sweep takes it away.
            self._sweep(Story())
        self._nothing_left()

    def _ended_truly(self, course: Course, story: Story) -> None:
        only_runner = story.kinds <= {"runner"}
        if course.is_runbook:
            state = self._json("runbook", "status", story.run)["state"]
            story.verdict = state
            _hold(not only_runner or state == "done", f"only the runner was killed, and the run is {state}")
            return
        signed = self._call("evidence", "show", story.run, "--json")
        status = signed.wait()
        record = json.loads(signed.out) if signed.out else {}
        if status != 0 or record.get("kind") != "result":
            # Not signed yet: the sweep that follows must sign its end; until then nothing may call it met.
            _hold(story.code not in (0, 1), f"code {story.code} without signed evidence")
            story.verdict = "unsigned"
            return
        result = record["result"]
        story.verdict = result["verdict"]
        _hold(not only_runner or story.verdict == "met", f"only the runner was killed, and it is {story.verdict}")
        if story.verdict == "met":
            bad = [c for c in result["checks"] if c["result"] != "passed"]
            _hold(not bad and result["checks"], f"met with checks {bad}")
            _hold(result["isolation"]["after"]["result"] == "proved", "met without the second proof")
            self._data_is_there(course, story, result)
        elif story.verdict != "stopped":
            _hold(bool(result["findings"]), f"{story.verdict} without a finding that says why")

    def _data_is_there(self, course: Course, story: Story, result: dict[str, Any]) -> None:
        if not course.keep or course.name == "soak-uploads":
            return
        found = look.data(self.foundation, story.run)
        if found is None:
            # A server that was killed after its checks had passed is gone now, and the verdict was true then.
            _hold("postgres" in story.kinds, "met, kept, and the restored server does not answer")
            return
        story.looked_at_data = True
        _hold(found["orders"] >= 1000, f"met with {found['orders']} orders")
        _hold(found["readiness"] >= 1, "met without a readiness row")
        t_fail = datetime.fromisoformat(result["scenario"]["t_fail"])
        offset = result["clock_offsets"]["app-web"]
        off_by = abs(offset["value"]) + (offset["uncertainty_s"] or 0.0)
        least, most = look.lost_bounds(self.foundation, found["beats"], t_fail, off_by)
        said = result["figures"]["acknowledged_writes_lost"]["value"]
        _hold(least <= said <= most, f"{said} writes lost, it says; an outside reader finds {least} to {most}")
        if "postgres" not in story.kinds:
            source = self.foundation.host("app-primary").check(
                f"{look.PSQL} -d shop -c 'select timeline_id from pg_control_checkpoint()'"
            )
            _hold(found["timeline"] == int(source) + 1, f"promoted more than once: timeline {found['timeline']}")

    def _acted_once(self, course: Course, story: Story) -> None:
        intents = look.intents(self.journal, story.run)
        for job, begun in look.jobs_begun(self.foundation, story.run).items():
            # A job is called after its step, or, where a book is used within another, after the book and its service.
            wanted = intents.get(job) or intents.get("restore", 0)
            _hold(begun <= wanted, f"{job}: {begun} jobs begun for {wanted} intents")
            if story.kinds <= {"runner"}:
                _hold(begun == 1, f"{job} was started {begun} times, and nobody killed it")

    def _sweep(self, story: Story) -> None:
        # A named run also when a rule keeps it; without a run nothing was journaled, and the sweep of all must close it.
        words = ("drill", "sweep", story.run) if story.run else ("drill", "sweep")
        call = self._call(*words, "--json")
        status = call.wait()
        self._sound(call, status)
        # 2 for a named run: nothing is there of it, neither in the journal nor at the host.
        document = {} if status == 2 and story.run else json.loads(call.out)
        for name in ("left", "refused", "running"):
            _hold(not document.get(name), f"sweep: {name} {document.get(name)}")

    def _nothing_lost(self, course: Course, story: Story, before: set[str]) -> None:
        journal = self.journal
        _hold(not look.journal_problems(journal), f"journal: {look.journal_problems(journal)}")
        signs = not course.is_runbook and bool(story.run)
        self.has_signed |= signs
        if self.has_signed:  # runbooks alone leave no evidence to be verified
            call = self._call("evidence", "verify", "--json")
            status = call.wait()
            report = json.loads(call.out)
            _hold(status == 0 and not report["unfinished"], f"evidence verify: {status} {report}")
        if not signs:
            return
        held = look.held_by(journal, story.run)
        _hold(not held, f"somebody still holds the run: {held}")
        if story.verdict in ("", "unsigned"):  # what was signed before the sweep cannot have changed: the chain holds
            story.verdict = self._json("evidence", "show", story.run)["result"]["verdict"]

    def _nothing_left(self) -> None:
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            left = [f"process {line}" for line in look.processes(self.foundation)]
            left += [f"folder {name}" for name in look.folders(self.foundation) if name not in self.stale]
            left += [f"mount {m}" for m in look.mounts(self.foundation) if m not in self.mounts]
            left += [f"namespace {n}" for n in look.namespaces(self.foundation) - self.namespaces]
            left += [f"runner {line}" for line in look.runners_left(self.project.home)]
            if not left or time.monotonic() > until:
                break
            time.sleep(0.5)
        _hold(not left, f"left over: {left}")

    # -- calls

    def _first_words(self, course: Course) -> tuple[str, ...]:
        if course.is_runbook:
            return ("runbook", "run", course.name, "--environment", "recovery", "--service", "orders-db", "--json")
        return ("drill", "run", course.name, *(["--keep"] if course.keep else []), "--json")

    def _call(self, *words: str) -> Call:
        return Call(self.project.folder, self.project.env, words)

    def _json(self, *words: str) -> dict[str, Any]:
        call = self._call(*words, "--json")
        status = call.wait()
        _hold(status == 0, f"{' '.join(words)}: {status}\n{call.err[-1500:]}")
        document: dict[str, Any] = json.loads(call.out)
        return document

    def _runs(self) -> set[str]:
        return look.runs(self.journal)

    def _new_run(self, before: set[str]) -> str:
        made = self._runs() - before
        _hold(len(made) <= 1, f"one call made {len(made)} runs")
        return made.pop() if made else ""

    def _sound(self, call: Call, status: int) -> None:
        words = " ".join(call.words)
        _hold(status in GOOD_CODES, f"{words}: exit code {status}\n{call.err[-3000:]}")
        _hold("Traceback" not in call.err + call.out, f"{words}: a traceback\n{call.err[-3000:]}")
        _hold(not re.search(r"error SP\w+:\s*$", call.err), f"{words}: an error without words\n{call.err[-1000:]}")


def _hold(holds: object, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)
