"""Rows of the tables against botocore and pulumi_aws: a name that neither knows is a mistake in the table."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import jmespath
import pytest
from botocore import xform_name

from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.kinds import Call, Kind, Look
from stormproof.lab.aws.provider.tables import all_kinds, kind_of
from stormproof.lab.aws.provider.templates import names_in

CATALOGUE = Catalogue()
SESSION = botocore.session.get_session()
KINDS = sorted(all_kinds(), key=lambda kind: kind.token)
EMULATED = [kind for kind in KINDS if not kind.absent]
# What every resource knows of itself, beside its inputs and outputs.
ALWAYS = {"id", "region", "account", "token", "item", "tagsAll", "logicalName"}


def every_call(kind: Kind) -> Iterator[Call]:
    yield from (*kind.create, *kind.update, *kind.delete)


def every_look(kind: Kind) -> Iterator[Look]:
    looks = [*kind.looks, *(look for call in every_call(kind) for look in call.ask)]
    yield from looks
    yield from (asked for look in looks for asked in look.ask)


def members(service: str, op: str) -> set[str]:
    model = SESSION.get_service_model(service)
    names = {xform_name(name): name for name in model.operation_names}
    assert op in names, f"{service} has no {op}"
    shape = model.operation_model(names[op]).input_shape
    return set(shape.members) if shape is not None else set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.token)
def test_a_row_is_of_a_type_of_pulumi_aws_and_is_found(kind: Kind):
    assert CATALOGUE.resource(kind.token) is not None
    assert kind_of(kind.token) is kind


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.token)
def test_every_property_named_is_one_of_the_type(kind: Kind):
    inputs = set(CATALOGUE.resource(kind.token).inputs)  # type: ignore[union-attr]
    named = {*(kind.replaces or ()), *kind.options} - {"region"}
    named |= {kind.names} if kind.names else set()
    for call in every_call(kind):
        named |= {*(call.take or ()), *call.uses}
    for look in kind.looks:
        named |= {*look.sees, *look.always}
    assert named - inputs == set()


@pytest.mark.parametrize("kind", EMULATED, ids=lambda kind: kind.token)
def test_every_call_is_one_of_the_service_with_the_parameters_named(kind: Kind):
    for row in (*every_call(kind), *every_look(kind)):
        known = members(row.service or kind.service, row.op)
        assert {name.split(".")[0] for name in row.put} <= known, row.op
        if isinstance(row, Call) and row.under:
            assert row.under.split(".")[0] in known
    if kind.tagging is not None:
        assert set(kind.tagging.target) <= members(kind.service, kind.tagging.add)
        assert set(kind.tagging.target) <= members(kind.service, kind.tagging.remove)


@pytest.mark.parametrize("kind", EMULATED, ids=lambda kind: kind.token)
def test_a_template_names_what_the_resource_has(kind: Kind):
    found = CATALOGUE.resource(kind.token)
    assert found is not None
    have = {*found.inputs, *found.outputs, *ALWAYS, *kind.outputs}
    have |= {name for call in kind.create for name in call.out}
    have |= {name for look in every_look(kind) for name in look.fills}
    used = names_in(kind.id) | names_in(dict(kind.outputs))
    for row in (*every_call(kind), *every_look(kind)):
        used |= names_in(dict(row.put))
    assert used - have == set()


@pytest.mark.parametrize("kind", EMULATED, ids=lambda kind: kind.token)
def test_an_emulated_type_is_made_looked_at_and_what_replaces_it_is_written_down(kind: Kind):
    assert kind.create
    assert kind.looks
    assert kind.replaces is not None
    for look in every_look(kind):
        for path in (look.item, *look.sees.values(), *look.fills.values()):
            if isinstance(path, str):
                jmespath.compile(path)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.absent], ids=lambda kind: kind.token)
def test_a_type_that_lives_in_the_state_only_says_why(kind: Kind):
    assert len(kind.absent) > 10
    assert not kind.create
