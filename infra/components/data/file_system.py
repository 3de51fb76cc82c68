"""An EFS file system: encrypted, TLS alone, reached by one access point and one role."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import efs

from infra.components.documents import deny, document, statement
from infra.context import Component, Context
from infra.naming import Place
from infra.spec.data import FileSystemSpec
from infra.spec.settings import DataClass

WHAT = "shared"
FOLDER = "/app"
MODE = "0750"


class FileSystem(Component):
    """One file system with a mount target in each subnet. `id` and `access_point_id` are known once it is made.

    Args:
        subnet_ids: of the data tier, one a zone.
        application: ARN of the one role that may mount it.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: FileSystemSpec,
        *,
        subnet_ids: Sequence[pulumi.Input[str]],
        group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        application: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("FileSystem", name, context, opts)
        place, called = context.place, context.names.name(WHAT)
        self.system = efs.FileSystem(
            name,
            creation_token=called,
            encrypted=True,
            kms_key_id=key_arn,
            throughput_mode="elastic",
            lifecycle_policies=[
                {"transition_to_ia": f"AFTER_{spec.cold_after_days}_DAYS"},
                {"transition_to_primary_storage_class": "AFTER_1_ACCESS"},
            ],
            region=place.region,
            tags=context.tags(
                called, data_class=DataClass.CONFIDENTIAL, tier="data", backup=spec.backup, rpo=spec.promise
            ),
            opts=context.opts(self, stateful=True, named=True),
        )
        self.id = self.system.id
        policy = efs.FileSystemPolicy(
            f"{name}-policy",
            file_system_id=self.system.id,
            policy=file_system_policy(place, application),
            region=place.region,
            opts=context.opts(self, guard=True),
        )
        for number, subnet in enumerate(subnet_ids):
            efs.MountTarget(
                f"{name}-{number}",
                file_system_id=self.system.id,
                subnet_id=subnet,
                security_groups=[group_id],
                region=place.region,
                # without its policy anybody in the network could mount it
                opts=context.opts(self, depends_on=[policy]),
            )
        point = efs.AccessPoint(
            f"{name}-application",
            file_system_id=self.system.id,
            posix_user={"uid": spec.uid, "gid": spec.uid},
            root_directory={
                "path": FOLDER,
                "creation_info": {"owner_uid": spec.uid, "owner_gid": spec.uid, "permissions": MODE},
            },
            region=place.region,
            tags=context.tags(f"{called}-application"),
            opts=context.opts(self),
        )
        self.access_point_id = point.id
        self.register_outputs({"id": self.id})


def file_system_policy(place: Place, application: str) -> str:
    """One role reads and writes, never as root, by an access point of this account; nobody without TLS."""
    return document(
        deny("TlsOnly", "*", "*", principals="*", conditions={"Bool": {"aws:SecureTransport": "false"}}),
        statement(
            "TheApplication", ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"), "*",
            principals={"AWS": place.global_arn("iam", "root")},
            conditions={
                "ArnEquals": {"aws:PrincipalArn": application},
                "ArnLike": {"elasticfilesystem:AccessPointArn": place.arn("elasticfilesystem", "access-point/*")},
                "Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"},
            },
        ),
    )  # fmt: skip
