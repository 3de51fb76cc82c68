"""Forty kills at seeded instants over drills: nothing lost, nothing acted twice, nothing left over, no verdict that is not true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drill_support import Project, new_project

from soak.plan import courses
from soak.process import end_all
from soak.runner import soak

pytestmark = pytest.mark.component

SEED = 4
KILLS = 40


@pytest.fixture(scope="module")
def own_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Its own: a router that is killed takes the whole lab with it."""
    base = tmp_path_factory.mktemp("soak")
    project = new_project(base / "project", base / "home")
    try:
        project.json("lab", "up", "--size", "10")
        yield project
    finally:
        end_all()
        project.run("lab", "destroy")


def test_nothing_is_lost_acted_twice_or_left_over(own_lab: Project, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    tally = soak([own_lab], kills=KILLS, seed=SEED, say=lines.append)
    with capsys.disabled():
        print("\n" + "\n".join(tally.lines()))
    assert tally.failed == [], "\n".join(lines)
    assert tally.kills.total() >= KILLS


def test_a_seed_gives_the_same_courses_again_each_by_its_number() -> None:
    once, again = courses(SEED), courses(SEED)
    assert [next(once) for _ in range(20)] == [next(again) for _ in range(20)]
    later = courses(SEED, first=15)
    assert next(later) == [next(courses(SEED, first=n)) for n in range(1, 16)][-1]
