"""Names and ARNs are computed, within what AWS takes."""

from __future__ import annotations

import pytest

from infra.naming import BadName, Names, Place

PLACE = Place("111122223333", "eu-central-1")
NAMES = Names("acme", "production")


def test_a_name_says_project_environment_and_what() -> None:
    assert NAMES.name("backup-daily") == "acme-production-backup-daily"


def test_a_bucket_s_name_is_unique_over_accounts_and_regions() -> None:
    assert NAMES.bucket("logs", PLACE) == "acme-production-logs-111122223333-eu-central-1"


@pytest.mark.parametrize(
    ("made", "arn"),
    [
        (NAMES.bucket_arn("logs", PLACE), "arn:aws:s3:::acme-production-logs-111122223333-eu-central-1"),
        (NAMES.role_arn("drill-runner", PLACE), "arn:aws:iam::111122223333:role/acme-production-drill-runner"),
        (NAMES.alias_arn("data", PLACE), "arn:aws:kms:eu-central-1:111122223333:alias/acme-production-data"),
        (
            NAMES.vault_arn("copies", PLACE),
            "arn:aws:backup:eu-central-1:111122223333:backup-vault:acme-production-copies",
        ),
        (NAMES.table_arn("items", PLACE), "arn:aws:dynamodb:eu-central-1:111122223333:table/acme-production-items"),
        (NAMES.database_arn("main", PLACE), "arn:aws:rds:eu-central-1:111122223333:db:acme-production-main"),
    ],
)
def test_an_arn_is_known_before_the_thing_is_made(made: str, arn: str) -> None:
    assert made == arn


def test_another_partition_stands_in_every_arn() -> None:
    place = Place("111122223333", "cn-north-1", "aws-cn")
    assert NAMES.bucket_arn("logs", place).startswith("arn:aws-cn:s3:::")
    assert NAMES.role_arn("auditor", place).startswith("arn:aws-cn:iam::111122223333:")


@pytest.mark.parametrize("text", ["", "Acme", "acme_1", "-acme", "acme-", "1acme", "acme--x", "ä"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadName, match="is no name"):
        Names(text, "production")
    with pytest.raises(BadName, match="is no name"):
        NAMES.name(text)


def test_a_bucket_s_name_ends_at_63_characters() -> None:
    at_most = 63 - len(NAMES.bucket("x", PLACE)) + 1
    assert len(NAMES.bucket("x" * at_most, PLACE)) == 63
    with pytest.raises(BadName, match="S3 takes 63"):
        NAMES.bucket("x" * (at_most + 1), PLACE)


def test_a_name_ends_at_64_characters() -> None:
    at_most = 64 - len(NAMES.name("x")) + 1
    assert len(NAMES.name("x" * at_most)) == 64
    with pytest.raises(BadName, match="AWS takes 64"):
        NAMES.name("x" * (at_most + 1))


def test_a_load_balancer_s_name_ends_at_32_characters() -> None:
    at_most = 32 - len(NAMES.balancer("x")) + 1
    assert len(NAMES.balancer("x" * at_most)) == 32
    with pytest.raises(BadName, match="a load balancer takes 32"):
        NAMES.balancer("x" * (at_most + 1))


def test_a_web_firewall_s_log_group_has_the_prefix_that_aws_asks_for() -> None:
    assert NAMES.web_firewall_log_group("edge") == "aws-waf-logs-acme-production-edge"
    assert NAMES.web_firewall_log_group_arn("edge", PLACE).endswith("log-group:aws-waf-logs-acme-production-edge")


def test_a_name_without_hyphens_is_the_same_name_with_underscores() -> None:
    assert Names("shop", "prod-eu").underscored("restore-tests") == "shop_prod_eu_restore_tests"
