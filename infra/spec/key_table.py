"""Which keys there are: one for each data class or purpose, layer and region, and what may use each."""

from __future__ import annotations

from infra.spec.base import Spec
from infra.spec.settings import DataClass, Layer, Settings

LOGS, TRAIL = "logs.amazonaws.com", "cloudtrail.amazonaws.com"
# Services that use a key on their own behalf, as for a topic that they publish to: bound to the account, one by one.
EVENTS = "events.amazonaws.com"
PUBLISHERS = ("cloudwatch.amazonaws.com", EVENTS, "backup.amazonaws.com")
BACKUP_REPORTS = "reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"
# Services that use a key for whoever calls them, by `kms:ViaService`: the caller needs a right of its own as well.
STORES = ("rds", "dynamodb", "s3", "elasticfilesystem", "ec2", "backup", "secretsmanager")


class KeySpec(Spec):
    """One key.

    Args:
        purpose: unique within account and region: the alias carries it.
        services: service principals (`backup.amazonaws.com`) that use it by themselves, for this account only.
            `logs.amazonaws.com` stands for the region's own, bound to our log groups.
        via: services (`rds`) that use it for a caller of this account who may.
        users: ARNs of roles that use it without a service between.
        roles_of_aws: service-linked roles that write what is encrypted with it, by what stands behind
            `role/aws-service-role/`. AWS gives them no right to a key, so the policy alone lets them.
        copies_for: other accounts whose AWS Backup reads what is encrypted with it, to copy it there.
        read_in: other accounts whose auditor and break-glass read what S3 keeps there under this key: the log account, where
            the files of every account's trail lie under that account's own key.
        multi_region: the same key in another region. Only where a restored copy must be read with the source's key:
            it widens what one region's compromise opens.
    """

    purpose: str
    data_class: DataClass
    services: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    roles_of_aws: tuple[str, ...] = ()
    copies_for: tuple[str, ...] = ()
    read_in: tuple[str, ...] = ()
    multi_region: bool = False


def layer_keys(settings: Settings, layer: Layer) -> tuple[KeySpec, ...]:
    """The keys of a layer in its own region. The organisation's has none."""
    accounts = settings.accounts
    # Backups are copied from primary into both; from the vault's account into recovery once primary is gone.
    copies = tuple(dict.fromkeys((accounts.vault, accounts.recovery)))
    table: dict[Layer, tuple[KeySpec, ...]] = {
        Layer.ORGANISATION: (),
        Layer.ACCOUNT: (
            KeySpec(
                purpose="audit", data_class=DataClass.INTERNAL, via=("s3", "sns", "sqs", "ssm"),
                services=(LOGS, TRAIL, "config.amazonaws.com", "delivery.logs.amazonaws.com", *PUBLISHERS),
                read_in=() if accounts.log is None else (accounts.log,),
            ),
        ),
        Layer.PRIMARY: (
            KeySpec(
                purpose="internal", data_class=DataClass.INTERNAL, via=("s3", "sns", "sqs", "ssm", "lambda"),
                services=(LOGS, "delivery.logs.amazonaws.com", *PUBLISHERS), roles_of_aws=(BACKUP_REPORTS,),
            ),
            KeySpec(
                purpose="confidential", data_class=DataClass.CONFIDENTIAL, copies_for=copies,
                via=("s3", "elasticfilesystem", "ec2", "backup"),
            ),
            KeySpec(
                purpose="restricted", data_class=DataClass.RESTRICTED, copies_for=copies,
                via=("rds", "dynamodb", "secretsmanager", "ec2", "backup"),
            ),
            KeySpec(purpose="backup", data_class=DataClass.RESTRICTED, copies_for=copies, via=STORES),
        ),
        Layer.RECOVERY: (
            KeySpec(purpose="restored", data_class=DataClass.RESTRICTED, services=(LOGS, *PUBLISHERS), via=STORES),
        ),
        Layer.VAULT: (
            KeySpec(
                purpose="vault", data_class=DataClass.RESTRICTED, copies_for=(accounts.recovery,), services=PUBLISHERS, via=STORES
            ),
        ),
    }  # fmt: skip
    return table[layer]


def replica_key() -> KeySpec:
    """Of what stores themselves replicate into the recovery region, in the workload's own account: the database's
    backups, and files.
    """
    return KeySpec(purpose="replicated", data_class=DataClass.RESTRICTED, via=("rds", "s3", "backup"))
