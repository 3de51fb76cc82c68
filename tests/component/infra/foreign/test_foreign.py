"""Programs that are not ours, in no style of ours: the rules find what was planted in them, and nothing else."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pulumi
import pytest
from pulumi_mocks import graph_of, run
from real_engine import RealEngine, real_engine, refused_by

from infra.policy.rules import all_rules
from stormproof.core.infra.check import Checked, check

pytestmark = pytest.mark.component

HERE = Path(__file__).parent
TODAY = date(2026, 11, 26)
# Program -> its switch, its region, and what was planted: rule and resource.
PLANTED = {
    "a": (
        "shop:wrong", "eu-central-1",
        {
            ("backup-lifetime-within-lock", "daily"),
            ("lb-tls-policy", "https"),
            ("network-data-tier-has-no-way-out", "db-a"),
            ("network-data-tier-has-no-way-out", "db-b"),
            ("network-no-open-ports", "ssh"),
            ("network-no-public-addresses", "public-b"),
            ("rds-deletion-protected", "orders"),
            ("secrets-not-in-plain-text", "app"),
            ("service-grants-bound", "told"),
        },
    ),
    "b": (
        "notes:wrong", "eu-west-1",
        {
            ("api-authorised", "GET"),
            ("api-guarded", "notes"),
            ("backup-vault-guarded", "far"),
            ("cognito-strong", "people"),
            ("dynamodb-encrypted", "notes"),
            ("iam-no-full-rights", "api-fn"),
            ("iam-oidc-bound", "deploy"),
            ("iam-role-makers-bounded", "api-fn"),
            ("logs-kept-a-year", "send"),
            ("secrets-rotated", "mail"),
        },
    ),
}  # fmt: skip


def _checked(name: str, *, wrong: bool, preview: bool) -> Checked:
    switch, region, _ = PLANTED[name]

    def program() -> None:
        pulumi.runtime.set_config(switch, str(wrong).lower())
        runpy.run_path(str(HERE / name / "__main__.py"), run_name="__main__")

    declared = [replace(one, region=one.region or region) for one in run(program, preview=preview).declared]
    return check(all_rules(), graph_of(declared), today=TODAY)


def _refused(checked: Checked) -> set[tuple[str, str]]:
    return {(one.rule.id, one.answer.resource.name if one.answer.resource else "stack") for one in checked.refused}


@pytest.mark.parametrize("preview", [True, False], ids=["at preview", "all known"])
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_what_was_planted_is_found_and_nothing_else(name: str, preview: bool) -> None:
    assert _refused(_checked(name, wrong=True, preview=preview)) == PLANTED[name][2]


@pytest.mark.parametrize("preview", [True, False], ids=["at preview", "all known"])
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_without_it_nothing_is_said_though_much_was_looked_at(name: str, preview: bool) -> None:
    checked = _checked(name, wrong=False, preview=preview)
    assert _refused(checked) == set()
    assert len(checked.judged) > 60


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngine]:
    with real_engine(tmp_path_factory.mktemp("foreign")) as running:
        yield running


@pytest.mark.parametrize("wrong", [True, False], ids=["planted", "healthy"])
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_the_pack_says_the_same_on_the_real_engine(engine: RealEngine, name: str, wrong: bool) -> None:
    switch, region, planted = PLANTED[name]
    config = {"aws:region": region, switch: str(wrong).lower()}
    done = engine.project(f"{name}-{wrong}".lower(), HERE / name, config).operation("preview")
    assert done.told.errors == () or wrong, done.output
    assert refused_by(done) == sorted({rule for rule, _ in planted} if wrong else set())
    assert (done.status == 0) is not wrong
