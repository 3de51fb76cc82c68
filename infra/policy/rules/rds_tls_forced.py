"""A database takes connections over TLS only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

INSTANCE, CLUSTER = "aws:rds/instance:Instance", "aws:rds/cluster:Cluster"
GROUPS = {
    INSTANCE: ("parameterGroupName", "aws:rds/parameterGroup:ParameterGroup"),
    CLUSTER: ("dbClusterParameterGroupName", "aws:rds/clusterParameterGroup:ClusterParameterGroup"),
}
# Part of the engine's name -> its parameter. Source: Amazon RDS, "Using SSL/TLS with a PostgreSQL/MySQL/MariaDB DB instance".
PARAMETERS = {"postgres": "rds.force_ssl", "mysql": "require_secure_transport", "mariadb": "require_secure_transport"}
ON = ("1", "on", "true")
# From here on RDS for PostgreSQL's own default is 1. Source: the same page.
FORCED_BY_DEFAULT_FROM = 15


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for database in graph.of(INSTANCE, CLUSTER):
        if database.type == INSTANCE and (database.declares("replicateSourceDb") or _in_cluster(database)):
            continue
        engine = database.get("engine")
        if engine is UNKNOWN:
            yield unknown(database, "its engine", "write `engine` out")
            continue
        parameter = next((name for part, name in PARAMETERS.items() if part in str(engine)), None)
        if parameter is not None:
            yield _answer(graph, database, str(engine), parameter)


def _in_cluster(database: Resource) -> bool:
    """Aurora's instances carry their cluster's parameters."""
    return str(database.get("engine")).startswith("aurora")


def _answer(graph: ResourceGraph, database: Resource, engine: str, parameter: str) -> Answer:
    path, kind = GROUPS[database.type]
    groups = graph.targets(database, path, kind)
    fix = f"set `{parameter}` to 1 in its parameter group"
    if not groups:
        name = database.get(path)
        if name is not None and not (isinstance(name, str) and name.startswith("default.")):
            return unknown(database, "what its parameter group says", "refer to a parameter group of this program")
        if engine == "postgres" and _major(database) >= FORCED_BY_DEFAULT_FROM:
            return passed(database)
        return failed(database, "its default parameter group takes connections without TLS", f"give it a group: {fix}")
    parameters = groups[0].items("parameters")
    if isinstance(parameters, Unknown):
        return unknown(groups[0], "its parameters", "write them out")
    for one in parameters:
        if not isinstance(one, Mapping) or one.get("name") != parameter:
            continue
        if has_unknown(one):
            return unknown(groups[0], f"its `{parameter}`", "write it out")
        if str(one.get("value")).lower() in ON:
            return passed(database)
        return failed(database, f"its parameter group sets `{parameter}` to {one.get('value')}", fix)
    if engine == "postgres" and _major(database) >= FORCED_BY_DEFAULT_FROM:
        return passed(database)
    return failed(database, f"its parameter group does not set `{parameter}`", fix)


def _major(database: Resource) -> int:
    head = str(database.get("engineVersion", "")).split(".")[0]
    return int(head) if head.isdecimal() else 0


RULE = Rule(
    id="rds-tls-forced",
    title="Databases take TLS only",
    statements=("3.2-a",),
    severity=Severity.HIGH,
    risk="One client that forgets to ask for TLS sends passwords and rows in the clear.",
    remedy="Set `rds.force_ssl` (PostgreSQL) or `require_secure_transport` (MySQL, MariaDB) in the parameter group.",
    check=_check,
    soc2=("CC6.7",),
    iso27001=("A.8.24", "A.5.14"),
)
