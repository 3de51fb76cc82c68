"""Which types a program declares, found in its text or its state, and how many of them are emulated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider.coverage import of_types, text, types_of

PROGRAM = """
import pulumi_aws as aws
from pulumi_aws import kms, lambda_
from pulumi_aws.s3 import Bucket

aws.ec2.Vpc("a")
key = kms.Key("b")
lambda_.Function("c", role="r")
Bucket("d")
aws.ec2.VpcEndpointArgs
print("aws.rds.Instance")
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "main.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def test_types_are_found_however_pulumi_aws_is_imported(program: Path):
    assert types_of(program) == {
        "aws:ec2/vpc:Vpc", "aws:kms/key:Key", "aws:lambda/function:Function", "aws:s3/bucket:Bucket",
    }  # fmt: skip


def test_types_of_an_exported_state_are_found(tmp_path: Path):
    resources = [{"type": "aws:kms/key:Key"}, {"type": "pulumi:pulumi:Stack"}, {"type": "aws:kms/key:Key"}]
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": resources}}), encoding="utf-8")
    assert types_of(state) == {"aws:kms/key:Key"}


def test_the_share_counts_what_no_table_has_as_missing():
    found = of_types({"aws:kms/key:Key", "aws:backup/selection:Selection", "aws:quicksight/dataSet:DataSet"})
    assert found.emulated == ("aws:kms/key:Key",)
    assert found.missing.keys() == {"aws:backup/selection:Selection", "aws:quicksight/dataSet:DataSet"}
    assert found.share == pytest.approx(1 / 3)


def test_what_is_missing_is_told_with_its_reason(program: Path):
    (program / "more.py").write_text("import pulumi_aws as aws\naws.backup.Selection('x')\n", encoding="utf-8")
    told = text(program)
    assert "4 of 5 types emulated (80%)" in told
    assert "aws:backup/selection:Selection: moto has no create_backup_selection" in told


def test_a_program_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(Refused, match="no program"):
        types_of(tmp_path / "nothing")
