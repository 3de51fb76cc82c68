"""Whatever stands in a targets file: the targets that it says, or mistakes; never the drill's own in their place, and never a laxer one."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mutating import broken_bytes, broken_documents, broken_texts, outcome
from spec_samples import SOUND_DRILL

from stormproof.cli.targets_file import with_targets
from stormproof.core.drill_spec import DrillSpec, Targets
from stormproof.core.drill_text import parse_drill
from stormproof.core.errors import Refused, SpecInvalid

DRILL: DrillSpec = parse_drill(SOUND_DRILL, file="shop-latest.yaml")
WRITTEN = {"rto": "9m", "rpo": "3m", "rpo_consistent": "7m"}
MEANT = Targets(rto=timedelta(minutes=9), rpo=timedelta(minutes=3), rpo_consistent=timedelta(minutes=7))
FORMS: dict[str, Any] = {
    "on top": WRITTEN,
    "below targets": {"targets": WRITTEN},
    "below the drill": {DRILL.drill: WRITTEN, "another": {"rto": "1d", "rpo": "1d"}},
    "below both": {DRILL.drill: {"targets": WRITTEN}},
}
SAMPLES = st.sampled_from(sorted(FORMS))


def targets_of(content: bytes) -> Targets | Refused:
    """The targets that a drill has with this file, or why it has none."""
    with tempfile.TemporaryDirectory(prefix="fuzz-targets-") as folder:
        file = Path(folder) / "targets.yaml"
        file.write_bytes(content)
        found = outcome(lambda: with_targets(DRILL, file))
    if isinstance(found, DrillSpec):
        assert found.model_copy(update={"targets": DRILL.targets}) == DRILL
        return found.targets
    assert isinstance(found, Refused)
    if isinstance(found, SpecInvalid):
        assert all(int(problem.where.rpartition(":")[2]) >= 1 for problem in found.problems)
    return found


def text_of(form: str) -> str:
    return yaml.safe_dump(FORMS[form], sort_keys=False)


@given(SAMPLES)
def test_each_form_says_the_same(form: str) -> None:
    assert targets_of(text_of(form).encode()) == MEANT


@given(SAMPLES, st.data())
@example("on top", None)
def test_any_bytes_are_targets_or_mistakes(form: str, data: st.DataObject | None) -> None:
    targets_of(b"\xff\xfe" if data is None else data.draw(broken_bytes(text_of(form).encode())))


@given(SAMPLES, st.data())
def test_targets_that_are_taken_stand_in_the_file(form: str, data: st.DataObject) -> None:
    """What the drill itself says never comes back, whatever is missing in the file."""
    text = data.draw(broken_texts(text_of(form)))
    found = targets_of(text.encode("utf-8", "surrogatepass"))
    if isinstance(found, Targets):
        assert found != DRILL.targets


@given(SAMPLES, st.data())
def test_any_document_is_targets_or_mistakes(form: str, data: st.DataObject) -> None:
    document = data.draw(broken_documents(FORMS[form]))
    try:
        text = yaml.safe_dump(document)
    except yaml.YAMLError:
        assume(False)
    found = targets_of(text.encode("utf-8", "surrogatepass"))
    if isinstance(found, Targets) and form == "on top":
        assert set(document) <= set(WRITTEN)
        assert {"rto", "rpo"} <= set(document)


@given(SAMPLES, st.sampled_from(sorted(WRITTEN)), st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=16))
def test_a_mistyped_target_is_never_ignored(form: str, key: str, wrong: str) -> None:
    assume(wrong not in WRITTEN)
    assert isinstance(targets_of(text_of(form).replace(f"{key}:", f"{wrong}:", 1).encode()), SpecInvalid)


@given(SAMPLES, st.sampled_from(("rto", "rpo")))
def test_a_target_that_is_missing_is_never_the_drills_own(form: str, key: str) -> None:
    lines = [line for line in text_of(form).splitlines() if not line.strip().startswith(f"{key}:")]
    assert isinstance(targets_of("\n".join(lines).encode()), SpecInvalid)


@given(st.sampled_from(("below targets", "below the drill")), st.sampled_from(sorted(WRITTEN)))
@example("below targets", "rto")
def test_what_is_said_in_two_places_is_refused(form: str, key: str) -> None:
    """One of them would be ignored, and nobody said which."""
    assert isinstance(targets_of(f"{key}: 1s\n{text_of(form)}".encode()), SpecInvalid)


def test_a_file_without_an_end_is_refused() -> None:
    found = outcome(lambda: with_targets(DRILL, Path("/dev/zero")))
    assert isinstance(found, Refused)


def test_a_long_hostile_file_is_refused() -> None:
    for text in ("a: " * 700_000, "- " * 700_000, "{" * 100_000, "&a [*a]", "x: &x [" + "*x," * 100_000 + "]"):
        assert isinstance(targets_of(text.encode()), Refused)
