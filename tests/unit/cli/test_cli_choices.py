"""What a runbook run acts on: named by a person, or the only one that fits; parameters and targets from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from spec_samples import SOUND_DRILL, inventory

from stormproof.cli.runbook import choose_place, read_parameters
from stormproof.cli.targets_file import with_targets
from stormproof.core.drill_text import parse_drill
from stormproof.core.errors import Refused, SpecInvalid
from stormproof.engine.runbook import Runbook

BOOK = Runbook("restore_files", title="x", service_kind="files")


def test_the_only_fitting_place_is_taken_in_a_drill() -> None:
    assert choose_place(inventory(lab=False), BOOK, None, None, "drill") == ("recovery", "uploads")


@pytest.mark.parametrize(
    ("environment", "service", "mode", "message"),
    [
        (None, None, "outage",
         "error SP100: an outage run names where it acts and what it recovers\n  where: stormproof runbook\n"
         "  fix:   give --environment ENV and --service SERVICE"),
        ("production", "uploads", "drill",
         "error SP100: environment 'production' is protected: only an outage run acts on it\n"
         "  where: --environment production\n  fix:   use one of: recovery; or give --mode outage"),
        ("recvery", None, "drill",
         "error SP100: there is no environment 'recvery'\n  where: --environment recvery\n"
         "  fix:   did you mean 'recovery'? use one of: backup, production, recovery"),
        (None, "upload", "drill",
         "error SP100: there is no service 'upload'\n  where: --service upload\n"
         "  fix:   did you mean 'uploads'? use one of: orders-db, shop, uploads"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(environment: str | None, service: str | None, mode: str, message: str) -> None:
    with pytest.raises(Refused) as caught:
        choose_place(inventory(lab=False), BOOK, environment, service, mode)
    assert str(caught.value) == message


def test_production_is_acted_on_only_where_it_was_named() -> None:
    assert choose_place(inventory(lab=False), BOOK, "production", "uploads", "outage") == ("production", "uploads")


def test_of_several_fitting_services_one_must_be_named() -> None:
    twice = inventory(lab=False)
    services = {**twice.services, "more": twice.services["uploads"]}
    with pytest.raises(Refused) as caught:
        choose_place(twice.model_copy(update={"services": services}), BOOK, None, None, "drill")
    assert caught.value.fix == "give --service with one of: uploads, more"


def test_parameters_are_pairs_that_the_runbook_knows() -> None:
    known = {"point": "x", "target": "y"}
    assert read_parameters(["point=oldest", "target=a=b"], known) == {"point": "oldest", "target": "a=b"}
    for given, what in (
        (["point"], "a parameter is KEY=VALUE"),
        (["point=a", "point=b"], "parameter 'point' is given twice"),
        (["pint=a"], "the runbook has no parameter 'pint'"),
    ):
        with pytest.raises(Refused) as caught:
            read_parameters(given, known)
        assert caught.value.what == what


@pytest.mark.parametrize(
    "text", ["rto: 9m\nrpo: 3m\n", "targets: {rto: 9m, rpo: 3m}\n", "shop-latest: {rto: 9m, rpo: 3m}\nother: {}\n", '{"rto": "9m", "rpo": "3m"}']
)  # fmt: skip
def test_targets_from_elsewhere_replace_the_drills_own(text: str, tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(text)
    targets = with_targets(parse_drill(SOUND_DRILL, file="shop-latest.yaml"), file).targets
    assert (targets.rto, targets.rpo, targets.rpo_consistent) == (timedelta(minutes=9), timedelta(minutes=3), None)


def test_a_wrong_targets_file_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("targets:\n  rto: 5\n  rpo: 1m\n  rpoo: 1m\n")
    with pytest.raises(SpecInvalid) as caught:
        with_targets(parse_drill(SOUND_DRILL, file="shop-latest.yaml"), file)
    assert [(p.what, p.where) for p in caught.value.problems] == [
        ("rto: '5' has no unit", f"{file}:2"),
        ("unknown key 'rpoo'", f"{file}:4"),
    ]


def test_targets_in_two_places_of_one_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text("rto: 1m\ntargets: {rto: 9m, rpo: 3m}\n")
    with pytest.raises(SpecInvalid) as caught:
        with_targets(parse_drill(SOUND_DRILL, file="shop-latest.yaml"), file)
    assert [(p.what, p.where, p.fix) for p in caught.value.problems] == [
        ("'rto' stands beside 'targets', which says the targets", f"{file}:1", "keep one of them")
    ]


def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(Refused, match="the file is larger than 256 MB"):
        with_targets(parse_drill(SOUND_DRILL, file="shop-latest.yaml"), Path("/dev/zero"))
