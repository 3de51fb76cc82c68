"""Who may do what: fronts of the layers. Pulumi is imported only when something is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.context import Context


def declare_account_access(context: Context) -> dict[str, Any]:
    """Boundaries, duties, what CI takes, and analyzers of one account. Outputs: ARNs by role, and how people come."""
    from infra.components.access.analyzers import Analyzers
    from infra.components.access.boundaries import boundary_arn
    from infra.components.access.roles import Boundaries, Duties, PipelineRoles

    access = context.settings.access
    limits = Boundaries("boundaries", context, context.top())
    duties = Duties("duties", context, limits, context.top())
    roles = dict(duties.arns)
    if access.pipeline is not None:
        roles |= PipelineRoles("pipeline", context, access.pipeline, limits, context.top()).arns
    Analyzers("analyzers", context, context.top())
    return {
        "roles": roles,
        "workloadBoundary": boundary_arn(context),
        "peopleBy": "identity center" if access.identity_center is not None else "iam with mfa",
    }


def declare_workload_roles(context: Context) -> dict[str, Any]:
    """What the layer `primary` runs with. Outputs: `applicationProfile`, `applicationRoleArn`."""
    from infra.components.access.roles import InstanceRole

    made = InstanceRole("application-role", context, context.top())
    return {"applicationProfile": context.names.name("application"), "applicationRoleArn": made.arn}
