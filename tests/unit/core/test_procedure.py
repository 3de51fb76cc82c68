"""A run may change single switches of a service's procedure by name, and the rest stays the service's own."""

from __future__ import annotations

import pytest

from stormproof.core.errors import Refused
from stormproof.core.procedure import TOOLS_DEFAULTS, Procedure, chosen_procedure

OWN = Procedure(transport="tls", connections=3, processes=3)


def test_a_transport_by_name_changes_nothing_else():
    assert chosen_procedure(OWN, "ssh", has_tls=True) == Procedure(transport="ssh", connections=3, processes=3)
    assert chosen_procedure(Procedure(), "tls", has_tls=True) == Procedure(transport="tls")


def test_a_dead_tls_server_does_not_keep_the_way_over_ssh_shut():
    assert chosen_procedure(OWN, "ssh", has_tls=False).transport == "ssh"


def test_tls_by_name_needs_a_server_too():
    with pytest.raises(Refused) as refused:
        chosen_procedure(Procedure(), "tls", has_tls=False)
    assert refused.value.code == "SP812"


def test_the_tools_defaults_have_a_name():
    assert chosen_procedure(OWN, "defaults", has_tls=True) == TOOLS_DEFAULTS


def test_a_name_that_there_is_not_says_which_there_are():
    with pytest.raises(Refused) as refused:
        chosen_procedure(OWN, "carrier pigeon", has_tls=True)
    assert all(name in refused.value.fix for name in ("defaults", "ssh", "tls"))
