"""A resource of which a part was refused: the engine must keep it in its state, or it is lost."""

from __future__ import annotations

from typing import NoReturn

import grpc
from google.protobuf import any_pb2, struct_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2


def partly_created(
    context: grpc.ServicerContext, id_: str, state: struct_pb2.Struct, inputs: struct_pb2.Struct, why: str
) -> NoReturn:
    """Ends the call with Pulumi's ErrorResourceInitFailed, as gRPC carries details."""
    detail = any_pb2.Any()
    detail.Pack(provider_pb2.ErrorResourceInitFailed(id=id_, properties=state, reasons=[why], inputs=inputs))
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=why, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, why)
    raise AssertionError("abort raises")
