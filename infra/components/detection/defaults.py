"""What the account does where nobody says otherwise: disks encrypted, nothing public, no old metadata service."""

from __future__ import annotations

import pulumi
from pulumi_aws import account, ebs, ec2, iam, s3

from infra.context import Component, Context

HOPS = 2  # AWS: one more than the instance itself, for a container on it


class AccountDefaults(Component):
    """Once for each account. The security contact is declared where its telephone is known."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("AccountDefaults", name, context, opts)
        s3.AccountPublicAccessBlock(
            f"{name}-public-access",
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=context.opts(self, guard=True),
        )
        # Nobody has a password here; should somebody make one, it is a long one. CIS 1.7, 1.8.
        iam.AccountPasswordPolicy(
            f"{name}-passwords",
            minimum_password_length=14,
            password_reuse_prevention=24,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
            opts=context.opts(self, guard=True),
        )
        contact = context.settings.detection.contact
        if contact is not None:
            account.AlternativeContact(
                f"{name}-security-contact",
                alternate_contact_type="SECURITY",
                name=contact.name,
                title=contact.title,
                email_address=context.settings.security_contact,
                phone_number=contact.phone,
                opts=context.opts(self),
            )
        self.register_outputs({})


class RegionDefaults(Component):
    """Once for each allowed region.

    Args:
        disk_key_arn: of the key that new disks take; None: AWS's own.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        disk_key_arn: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("RegionDefaults", name, context, opts)
        region = context.place.region
        encrypted = ebs.EncryptionByDefault(
            f"{name}-disks", enabled=True, region=region, opts=context.opts(self, guard=True)
        )
        if disk_key_arn is not None:
            ebs.DefaultKmsKey(
                f"{name}-disk-key",
                key_arn=disk_key_arn,
                region=region,
                opts=context.opts(self, guard=True, depends_on=[encrypted]),
            )
        ebs.SnapshotBlockPublicAccess(
            f"{name}-snapshots", state="block-all-sharing", region=region, opts=context.opts(self, guard=True)
        )
        ec2.ImageBlockPublicAccess(
            f"{name}-images", state="block-new-sharing", region=region, opts=context.opts(self, guard=True)
        )
        ec2.InstanceMetadataDefaults(
            f"{name}-metadata",
            http_tokens="required",
            http_endpoint="enabled",
            http_put_response_hop_limit=HOPS,
            instance_metadata_tags="disabled",
            region=region,
            opts=context.opts(self, guard=True),
        )
        self.register_outputs({})
