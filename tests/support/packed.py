"""What Pulumi gives a policy pack, made by hand: stacks whose unknown values raise when they are touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer

from infra.policy.asking import leave_quiet_ones_out

leave_quiet_ones_out()  # as infra/policy/__main__.py does
# Pulumi's sentinel of a text that is not known yet.
LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
AWS_PROVIDER = "urn:pulumi:test::program::pulumi:providers:aws::default"


def urn(name: str) -> str:
    return f"urn:pulumi:test::program::{name}"


def wire(
    kind: str,
    name: str,
    properties: Mapping[str, Any],
    *,
    depends: Mapping[str, list[str]] | None = None,
    protect: bool = False,
    region: str | None = "eu-central-1",
    parent: str | None = None,
) -> analyzer_pb2.AnalyzerResource:
    """A resource as the engine sends it to a pack. `depends`: property -> names of resources of the same stack."""
    found = analyzer_pb2.AnalyzerResource(
        type=kind,
        urn=urn(name),
        name=name,
        properties=_struct(properties),
        options=analyzer_pb2.AnalyzerResourceOptions(protect=protect),
        parent=urn(parent) if parent else "",
    )
    for key, names in (depends or {}).items():
        found.propertyDependencies[key].urns.extend(urn(one) for one in names)
    if region is not None:
        found.provider.CopyFrom(
            analyzer_pb2.AnalyzerProviderResource(
                type="pulumi:providers:aws", urn=AWS_PROVIDER, name="default", properties=_struct({"region": region})
            )
        )
    return found


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    found = struct_pb2.Struct()
    found.update(dict(properties))
    return found


class Engine:
    """Asks a pack's policies as the engine does, over pulumi-policy's own servicer."""

    def __init__(self, policies: list[Policy]) -> None:
        self.servicer = _PolicyAnalyzerServicer("stormproof", "0.0.1", policies, EnforcementLevel.MANDATORY)
        # The engine gives every policy its level back, as its configuration.
        levels = {
            one.name: analyzer_pb2.PolicyConfig(enforcementLevel=one.enforcementLevel)
            for one in self.servicer.GetAnalyzerInfo(None, None).policies
        }
        self.servicer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=levels), None)

    def registers(self, *resources: analyzer_pb2.AnalyzerResource) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        """The program registers resources: the pack sees what it writes."""
        told = []
        for one in resources:
            request = analyzer_pb2.AnalyzeRequest(
                type=one.type, urn=one.urn, name=one.name, properties=one.properties, options=one.options
            )
            told += list(self.servicer.Analyze(request, None).diagnostics)
        return told

    def looks_at(self, *resources: analyzer_pb2.AnalyzerResource) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        """The whole stack, at the end of a preview or of an up."""
        request = analyzer_pb2.AnalyzeStackRequest(resources=list(resources))
        return list(self.servicer.AnalyzeStack(request, None).diagnostics)
