"""Names and ARNs of everything that is declared, computed: so a layer needs no other layer's state to be known.

A stack is previewed and brought up while the region of another is out of reach, and every policy document is known at
preview. What is named here replaces itself by deletion first (`delete_before_replace`), since a name is taken once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BUCKET_NAME_MAX = 63  # S3: 3 to 63 characters, lower case, digits, dots and hyphens
ROLE_NAME_MAX = 64  # IAM: role names
BALANCER_NAME_MAX = 32  # Elastic Load Balancing: load balancers and target groups
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


class BadName(ValueError):
    """A name that AWS does not take. The message is for a person."""


@dataclass(frozen=True)
class Place:
    """One account and region; `partition` is `aws` but for China and the government's clouds."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """`arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Of a service without regions, as IAM is."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"


@dataclass(frozen=True)
class Names:
    """The names of one environment: `PROJECT-ENVIRONMENT-WHAT`, the same whatever the layer that asks.

    Args:
        project: short, since buckets carry it, the environment, an account and a region within 63 characters.
    """

    project: str
    environment: str

    def __post_init__(self) -> None:
        for text in (self.project, self.environment):
            if not _SLUG.match(text):
                raise BadName(f"{text!r} is no name: lower-case letters, digits and single hyphens, a letter first")

    @property
    def prefix(self) -> str:
        """What every name begins with: policies name all that is ours by it."""
        return f"{self.project}-{self.environment}-"

    def name(self, what: str) -> str:
        """Of a regional thing, unique within account and region. Raises BadName above 64 characters."""
        if not _SLUG.match(what):
            raise BadName(f"{what!r} is no name: lower-case letters, digits and single hyphens, a letter first")
        made = f"{self.prefix}{what}"
        if len(made) > ROLE_NAME_MAX:
            raise BadName(
                f"{made!r} has {len(made)} characters, and AWS takes {ROLE_NAME_MAX}: choose a shorter project"
            )
        return made

    def underscored(self, what: str) -> str:
        """Of what takes no hyphen: frameworks, report plans and restore tests of AWS Backup."""
        return self.name(what).replace("-", "_")

    def bucket(self, what: str, place: Place) -> str:
        """Of a bucket, unique in the whole partition. Raises BadName above 63 characters."""
        made = f"{self.name(what)}-{place.account}-{place.region}"
        if len(made) > BUCKET_NAME_MAX:
            raise BadName(
                f"{made!r} has {len(made)} characters, and S3 takes {BUCKET_NAME_MAX}: choose a shorter project"
            )
        return made

    def balancer(self, what: str) -> str:
        """Of a load balancer or a target group. Raises BadName above 32 characters."""
        made = self.name(what)
        if len(made) > BALANCER_NAME_MAX:
            raise BadName(
                f"{made!r} has {len(made)} characters, and a load balancer takes {BALANCER_NAME_MAX}: "
                "choose a shorter project"
            )
        return made

    def alias(self, what: str) -> str:
        """Of a key: policies name keys by it, never by the ARN, which is not known before the key is made."""
        return f"alias/{self.name(what)}"

    # -- ARNs of what another layer, or a policy document, must name

    def bucket_arn(self, what: str, place: Place) -> str:
        return f"arn:{place.partition}:s3:::{self.bucket(what, place)}"

    def role_arn(self, what: str, place: Place) -> str:
        return place.global_arn("iam", f"role/{self.name(what)}")

    def policy_arn(self, what: str, place: Place) -> str:
        return place.global_arn("iam", f"policy/{self.name(what)}")

    def alias_arn(self, what: str, place: Place) -> str:
        return place.arn("kms", self.alias(what))

    def vault_arn(self, what: str, place: Place) -> str:
        return place.arn("backup", f"backup-vault:{self.name(what)}")

    def topic_arn(self, what: str, place: Place) -> str:
        return place.arn("sns", self.name(what))

    def table_arn(self, what: str, place: Place) -> str:
        return place.arn("dynamodb", f"table/{self.name(what)}")

    def log_group_arn(self, what: str, place: Place) -> str:
        return place.arn("logs", f"log-group:/{self.project}/{self.environment}/{what}")

    def log_group(self, what: str) -> str:
        return f"/{self.project}/{self.environment}/{what}"

    def web_firewall_log_group(self, what: str) -> str:
        """AWS: WAF writes into groups of this prefix alone."""
        return f"aws-waf-logs-{self.name(what)}"

    def web_firewall_log_group_arn(self, what: str, place: Place) -> str:
        return place.arn("logs", f"log-group:{self.web_firewall_log_group(what)}")

    def trail_arn(self, what: str, place: Place) -> str:
        return place.arn("cloudtrail", f"trail/{self.name(what)}")

    def database_arn(self, what: str, place: Place) -> str:
        return place.arn("rds", f"db:{self.name(what)}")

    def database_log_group(self, what: str, log: str) -> str:
        """AWS: RDS writes a log of an instance (`postgresql`) into this group alone."""
        return f"/aws/rds/instance/{self.name(what)}/{log}"

    def database_log_groups_arn(self, place: Place) -> str:
        """Those of all our instances, as a pattern."""
        return place.arn("logs", f"log-group:/aws/rds/instance/{self.prefix}*")

    def function_arn(self, what: str, place: Place) -> str:
        return place.arn("lambda", f"function:{self.name(what)}")

    def secret_arn(self, what: str, place: Place) -> str:
        """As a pattern: AWS adds a hyphen and six characters to the name."""
        return place.arn("secretsmanager", f"secret:{self.name(what)}-??????")

    def schedule_group_arn(self, what: str, place: Place) -> str:
        return place.arn("scheduler", f"schedule-group/{self.name(what)}")
