"""Nobody may do everything: by a document, by an attachment, by a role's own list."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules._documents import IDENTITY_POLICIES
from infra.policy.rules.iam_no_full_rights import ATTACHMENTS, FULL, RULE
from stormproof.core.infra.rule import RuleVerdict


def _policy(*statements: dict[str, Any], kind: str = "aws:iam/policy:Policy", path: str = "policy") -> RuleVerdict:
    return verdicts(RULE, program(res(kind, "one", **{path: document(*statements)})))["one"]


@pytest.mark.parametrize("action", ["*", ["*"], ["s3:GetObject", "*"], "iam:*"])
def test_everything_on_everything_fails(action: object) -> None:
    assert _policy(statement(Action=action)) is RuleVerdict.FAILED


def _but(*actions: str, **elements: Any) -> dict[str, Any]:
    """Everything but these actions."""
    return statement(Action=None, NotAction=list(actions), **elements)


@pytest.mark.parametrize(
    "statements",
    [
        (_but("iam:*"),),
        (_but("iam:*", "organizations:*", "account:*"),),  # as AWS's PowerUserAccess has it
        (_but("aws-portal:*", Resource=["arn:aws:*"]),),
        (statement(Action="**"),),
        (statement(Action="?*"),),
        (statement(Action=[f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"]),),
        (statement(Action=[f"{letter}*" for letter in "abcdefgh"]), statement(Action=[f"{letter}*" for letter in "iklmopqrstwx"])),
        (statement(Resource="arn:*"),),
        (statement(Resource=None, NotResource="arn:aws:s3:::kept/*"),),
        (statement(Action=["iam:Create*", "iam:Attach*"]),),
        (statement(Action="i?m:*"),),
        (statement(Action="iam:*", Resource=None, NotResource=["arn:aws:iam::111122223333:role/admin"]),),
    ],
)  # fmt: skip
def test_everything_in_other_words_fails(statements: tuple[dict[str, Any], ...]) -> None:
    assert _policy(*statements) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "one",
    [
        statement(Action="s3:*"),
        statement(Action=["s3:*", "ec2:*", "rds:*", "lambda:*", "dynamodb:*", "kms:Describe*"]),
        statement(Action="iam:*", Resource="arn:aws:iam::111122223333:role/app-*"),
        statement(Action=["iam:Get*", "iam:List*", "iam:PassRole"]),
        _but("s3:DeleteObject", Resource="arn:aws:s3:::logs/*"),
        _but("s3:*", Effect="Deny"),
        statement(Action="*", Resource="arn:aws:s3:::logs/*"),
        statement(Effect="Deny", Action="*"),
        statement(Action=["s3:GetObject", "kms:Decrypt"]),
    ],
)
def test_what_is_named_passes(one: dict[str, Any]) -> None:
    assert _policy(one) is RuleVerdict.PASSED


@pytest.mark.parametrize(("kind", "path"), IDENTITY_POLICIES.items())
def test_every_place_of_an_identity_s_policy_is_read(kind: str, path: str) -> None:
    assert _policy(statement(), kind=kind, path=path) is RuleVerdict.FAILED


@pytest.mark.parametrize(("kind", "path"), ATTACHMENTS.items())
@pytest.mark.parametrize("name", FULL)
def test_aws_s_own_full_policies_are_not_attached(kind: str, path: str, name: str) -> None:
    graph = program(res(kind, "one", **{path: f"arn:aws:iam::aws:policy/{name}"}))
    assert verdicts(RULE, graph) == {"one": RuleVerdict.FAILED}


def test_a_narrow_policy_may_be_attached() -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    graph = program(res("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "one", policyArn=arn))
    assert verdicts(RULE, graph) == {"one": RuleVerdict.PASSED}


def test_a_policy_of_this_program_is_judged_where_it_is_written() -> None:
    policy = res("aws:iam/policy:Policy", "policy", policy=document(statement(Action="s3:GetObject")))
    attached = res("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "one", policyArn=Ref("policy"))
    assert verdicts(RULE, program(policy, attached)) == {"policy": RuleVerdict.PASSED, "one": RuleVerdict.PASSED}


def test_an_attachment_that_is_not_known_is_unknown() -> None:
    attached = res("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "one", policyArn=Ref("elsewhere"))
    assert verdicts(RULE, program(attached)) == {"one": RuleVerdict.UNKNOWN}


def test_a_role_s_own_list_is_read() -> None:
    role = res("aws:iam/role:Role", "role", managedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"])
    assert verdicts(RULE, program(role)) == {"role": RuleVerdict.FAILED}


@pytest.mark.parametrize("limited", ["aws:iam/role:Role", "aws:iam/user:User"])
def test_a_permission_boundary_gives_nothing_however_wide(limited: str) -> None:
    policy = res("aws:iam/policy:Policy", "policy", policy=document(_but("iam:*")))
    role = res(limited, "who", permissionsBoundary=Ref("policy"))
    assert verdicts(RULE, program(policy, role))["policy"] is RuleVerdict.PASSED
    given = res("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "given", role="x", policyArn=Ref("policy"))
    assert verdicts(RULE, program(policy, role, given))["policy"] is RuleVerdict.FAILED


def test_policies_written_into_a_role_are_read() -> None:
    def role(policy: Any) -> RuleVerdict:
        inline = [{"name": "a", "policy": document(statement(Action="s3:GetObject"))}, {"name": "b", "policy": policy}]
        return verdicts(RULE, program(res("aws:iam/role:Role", "role", inlinePolicies=inline)))["role"]

    assert role(document(statement())) is RuleVerdict.FAILED
    assert role(Ref("x")) is RuleVerdict.UNKNOWN
