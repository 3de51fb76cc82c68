"""The pack on the real engine: what is wrong is refused, what cannot be known is refused, what is right passes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from real_engine import ROOT, RealEngine, preview_json, real_engine, refused_by

from infra.policy.rules import all_rules
from stormproof.core.infra.check import Checked, check
from stormproof.core.infra.preview import read_preview

pytestmark = pytest.mark.component

TOPIC = 'topic = aws.sns.Topic("t", name="told", kms_master_key_id="alias/shop-internal", tags={"owner": "sam"})\n'
LOGS = 'aws.cloudwatch.LogGroup("app", name="/shop/app", retention_in_days={days}, kms_key_id={key})\n'
ALIAS = '"arn:aws:kms:eu-central-1:123456789012:alias/shop-logs"'
# A role whose policy stands apart, and a group whose rules do: at `up` the cloud tells both of them back inline.
APART = """
role = aws.iam.Role("app", name="shop-app", assume_role_policy='''{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}}''')
aws.iam.RolePolicy("app", role=role.name, policy='''{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage",
    "Resource": "arn:aws:sqs:eu-central-1:123456789012:orders"}}''')
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngine]:
    with real_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


def test_a_violation_ends_the_preview_and_says_what_why_and_how_to_mend_it(engine: RealEngine) -> None:
    done = engine.project("wrong", LOGS.format(days=7, key=ALIAS)).operation("preview")
    assert done.status != 0
    (refusal,) = done.told.mandatory
    assert refusal.rule == "logs-kept-a-year"
    for part in ("LogGroup 'app'", "for 7 days", "Why: ", "Fix: "):
        assert part in refusal.message


def test_what_is_unknown_at_preview_is_refused_where_a_plain_policy_would_only_have_advised(engine: RealEngine) -> None:
    done = engine.project("unknown", TOPIC + LOGS.format(days=400, key="topic.arn")).operation("preview")
    assert done.status != 0
    (refusal,) = done.told.mandatory
    assert refusal.rule == "logs-encrypted"
    assert "not known at preview" in refusal.message
    assert "Fix: refer to a key" in refusal.message
    assert "can't run policy" not in done.output


def test_an_unknown_that_is_made_from_the_right_thing_is_known_well_enough(engine: RealEngine) -> None:
    key = 'alias = aws.kms.Alias("a", name="alias/shop-logs", target_key_id="1234")\n'
    done = engine.project("derived", key + LOGS.format(days=400, key="alias.arn")).operation("preview")
    assert (done.status, refused_by(done)) == (0, [])


def test_what_preview_lets_pass_is_not_refused_at_up(engine: RealEngine) -> None:
    stack = engine.project("right", APART + TOPIC)
    for operation in ("preview", "up", "preview"):
        done = stack.operation(operation)
        assert (done.status, refused_by(done)) == (0, []), done.output
    assert stack.operation("destroy").status == 0


@pytest.mark.parametrize(("config", "refused"), [({}, False), ({"stormproof:layer": "account"}, True)])
def test_the_layer_is_read_from_the_stack_s_configuration(
    engine: RealEngine, config: dict[str, str], refused: bool
) -> None:
    done = engine.project(f"layer-{refused}", TOPIC, config).operation("preview")
    assert ("account-trail" in refused_by(done)) is refused


def _checked(text: str) -> Checked:
    from datetime import UTC, datetime

    return check(all_rules(), read_preview(text, file="preview.json"), today=datetime.now(UTC).date())


def test_preview_s_json_gives_the_same_answers_as_the_pack(engine: RealEngine) -> None:
    stack = engine.project("both", APART + TOPIC + LOGS.format(days=7, key="topic.arn"))
    by_pack = sorted({(one.rule, one.resource) for one in stack.operation("preview").told.mandatory})
    text = preview_json(stack)
    assert json.loads(text)["steps"]
    by_check = sorted(
        {(one.rule.id, one.answer.resource.name) for one in _checked(text).refused if one.answer.resource}
    )
    assert [rule for rule, _ in by_pack] == [rule for rule, _ in by_check] == ["logs-encrypted", "logs-kept-a-year"]


@pytest.mark.parametrize(("days", "code"), [(400, 0), (7, 3)])
def test_infra_check_reads_a_real_preview_and_writes_every_format(engine: RealEngine, days: int, code: int) -> None:
    stack = engine.project(f"check-{days}", LOGS.format(days=days, key=ALIAS))
    preview = stack.folder / "preview.json"
    preview.write_text(preview_json(stack))
    for form, reads in (("json", json.loads), ("sarif", json.loads), ("junit", ElementTree.fromstring), ("table", str)):
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "stormproof.cli", "infra", "check", "--preview", str(preview), "--format", form],
            capture_output=True, text=True, cwd=stack.folder, check=False,
        )  # fmt: skip
        assert ended.returncode == code, ended.stderr
        reads(ended.stdout)
        assert ("logs-kept-a-year" in ended.stdout) is (code == 3 or form != "table")


STUMBLES = """
import sys
sys.path[:0] = [{root!r}]
from pulumi_policy import PolicyPack
from infra.policy.pack import Pack
from infra.policy.rules import all_rules
from dataclasses import replace


def stumble(graph):
    raise KeyError("a mistake of ours")
    yield


PolicyPack(name="stormproof", policies=Pack([replace(all_rules()[0], layer=None, check=stumble)]).policies())
"""


def test_a_rule_that_stumbles_lets_nothing_through(engine: RealEngine, tmp_path: Path) -> None:
    (tmp_path / "PulumiPolicy.yaml").write_text(
        yaml.safe_dump({"runtime": {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}}})
    )
    (tmp_path / "__main__.py").write_text(STUMBLES.format(root=str(ROOT)))
    stack = engine.project("stumbles", TOPIC)
    stack.policy_pack = tmp_path
    assert stack.operation("preview").status != 0
