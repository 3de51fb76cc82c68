"""No IAM users and no access keys: people come by federation, programs by roles."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed

PERMANENT = {
    "aws:iam/accessKey:AccessKey": "it is a key that never ends, and its secret lies in the state",
    "aws:iam/user:User": "it is a user with credentials of its own",
    "aws:iam/userLoginProfile:UserLoginProfile": "it is a password of a user's own",
    "aws:iam/userPolicy:UserPolicy": "it gives rights to one user",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "it gives rights to one user",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential": "it is a password that never ends",
    "aws:iam/sshKey:SshKey": "it is a key of a user's own",
    "aws:iam/signingCertificate:SigningCertificate": "it is a certificate that signs a user's requests",
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for kind, said in PERMANENT.items():
        for resource in graph.of(kind):
            yield failed(resource, said, "let people come by Identity Center, and programs by roles (OIDC from CI)")


RULE = Rule(
    id="iam-no-users",
    title="No users and no access keys",
    statements=("7-d", "2-b", "7-c"),
    severity=Severity.HIGH,
    risk="A key that never ends leaks in the end, and works until somebody notices.",
    remedy="Use roles, assumed with credentials that end within hours.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.5.17",),
    cis=("1.13", "1.14"),
)
