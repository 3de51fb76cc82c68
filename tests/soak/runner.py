"""The soak's loop: course after course until the wanted number of kills has met somebody."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from drill_support import Project

from soak.course import Broken, Soak, Story, write_drills
from soak.plan import Course, courses
from soak.process import Hung
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


def soak(project: Project, *, kills: int, seed: int, first: int = 1, say: Callable[[str], None], stop_at: int = 1) -> Tally:  # fmt: skip
    """Run courses until `kills` met somebody, or `stop_at` courses did not hold. The lab must be up."""
    write_drills(project)
    bench, tally, began = Soak(project), Tally(), time.monotonic()
    for course in courses(seed, first):
        if tally.kills.total() >= kills or len(tally.failed) >= stop_at:
            break
        tally.courses += 1
        at = time.monotonic()
        try:
            story = bench.carry_out(course, kills - tally.kills.total())
        except (Broken, Hung, StormproofError) as error:  # the lab's own words too, when a look from outside failed
            tally.failed.append((course.number, str(error)))
            say(f"DID NOT HOLD, course {course.number} ({_named(course)}): {error}")
            say(f"again: scripts/soak --seed {seed} --from {course.number} --kills {len(course.kills)}")
            bench.recover()
            continue
        _count(tally, story)
        ends = ", ".join(str(kill) for kill in story.killed) or "no kill met anybody"
        say(
            f"{tally.kills.total():>4} kills  course {course.number} {_named(course)}: {story.verdict or f'ended with {story.code} before it began'}"
            f"{' (swept)' * story.swept} after {time.monotonic() - at:.0f} s  [{ends}]"
        )
    tally.seconds = time.monotonic() - began
    return tally


def _count(tally: Tally, story: Story) -> None:
    tally.kills.update(kill.kind for kill in story.killed)
    tally.verdicts[story.verdict or "nothing"] += 1
    tally.swept += story.swept
    tally.data_looked_at += story.looked_at_data


def _named(course: Course) -> str:
    return f"{course.name}{' --keep' * (course.keep and not course.is_runbook)}"
