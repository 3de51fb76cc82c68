"""The soak's loop: course after course until the wanted number of kills has met somebody."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from drill_support import Project

from soak.course import Broken, Soak, Story, write_drills
from soak.plan import Course, courses
from soak.process import Hung, end_all
from stormproof.core.errors import StormproofError


@dataclass
class Tally:
    """What a soak saw. `failed`: course's number and what did not hold."""

    kills: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    courses: int = 0
    data_looked_at: int = 0
    swept: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> list[str]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kills.most_common())
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in self.verdicts.most_common())
        return [
            f"{self.kills.total()} kills ({kinds}) in {self.courses} courses and {self.seconds:.0f} s",
            f"ends: {verdicts}; {self.swept} swept instead of resumed; restored data looked at {self.data_looked_at} times",
            f"did not hold: {len(self.failed)}",
        ]


def soak(projects: Sequence[Project], *, kills: int, seed: int, first: int = 1, say: Callable[[str], None], stop_at: int = 1) -> Tally:  # fmt: skip
    """Run courses until `kills` met somebody, or `stop_at` courses did not hold.

    Each project has a lab of its own, which must be up, and takes the next course as soon as it has ended one; with
    several, those that still run when the last kill has fallen are judged to their end, so that there may be more.
    """
    sharing = Sharing(courses(seed, first), kills, seed, say, stop_at)
    began = time.monotonic()
    with ThreadPoolExecutor(len(projects)) as workers:
        running = [workers.submit(sharing.work, project) for project in projects]
        try:
            for worker in as_completed(running):
                worker.result()
        except BaseException:  # told to end, or a mistake of ours: the others' calls may take minutes
            sharing.stopped.set()
            end_all()
            raise
    sharing.tally.seconds = time.monotonic() - began
    return sharing.tally


@dataclass
class Sharing:
    """What the labs of a soak share: the next course, and the tally."""

    courses: Iterator[Course]
    kills: int
    seed: int
    say: Callable[[str], None]
    stop_at: int
    tally: Tally = field(default_factory=Tally)
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, project: Project) -> None:
        """Course after course in one lab."""
        write_drills(project)
        bench = Soak(project)
        while (drawn := self._next()) is not None:
            course, limit = drawn
            at = time.monotonic()
            try:
                story = bench.carry_out(course, limit)
            except (Broken, Hung, StormproofError) as error:  # the lab's own words too, when a look from outside failed
                if self.stopped.is_set():  # its calls were ended from here
                    return
                self._failed(course, error)
                bench.recover()
            else:
                self._held(course, story, time.monotonic() - at)

    def _next(self) -> tuple[Course, int] | None:
        """A course, and how many of its kills may fall; None when it is over."""
        with self._lock:
            left = self.kills - self.tally.kills.total()
            if left <= 0 or len(self.tally.failed) >= self.stop_at or self.stopped.is_set():
                return None
            self.tally.courses += 1
            return next(self.courses), left

    def _failed(self, course: Course, error: Exception) -> None:
        with self._lock:
            self.tally.failed.append((course.number, str(error)))
            self.say(f"DID NOT HOLD, course {course.number} ({_named(course)}): {error}")
            self.say(f"again: scripts/soak --seed {self.seed} --from {course.number} --kills {len(course.kills)}")

    def _held(self, course: Course, story: Story, seconds: float) -> None:
        ends = ", ".join(str(kill) for kill in story.killed) or "no kill met anybody"
        with self._lock:
            _count(self.tally, story)
            self.say(
                f"{self.tally.kills.total():>4} kills  course {course.number} {_named(course)}:"
                f" {story.verdict or f'ended with {story.code} before it began'}"
                f"{' (swept)' * story.swept} after {seconds:.0f} s  [{ends}]"
            )


def _count(tally: Tally, story: Story) -> None:
    tally.kills.update(kill.kind for kill in story.killed)
    tally.verdicts[story.verdict or "nothing"] += 1
    tally.swept += story.swept
    tally.data_looked_at += story.looked_at_data


def _named(course: Course) -> str:
    return f"{course.name}{' --keep' * (course.keep and not course.is_runbook)}"
