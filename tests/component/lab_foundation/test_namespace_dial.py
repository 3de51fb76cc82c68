"""Connections into a host's namespaces from a machine without a route to it."""

from __future__ import annotations

import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stormproof.adapters.namespace_dial import dial
from stormproof.core.errors import HostUnreachable, Refused
from stormproof.lab.foundation import Foundation

pytestmark = pytest.mark.component


def test_the_socket_is_ready_for_paramiko(lab: Foundation):
    with dial(lab.folder.state_json, "vault", lab.addresses("vault").ipv4, 22, 5.0) as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert connection.gettimeout() is None
        assert os.get_blocking(connection.fileno())
        assert not os.get_inheritable(connection.fileno())
        assert connection.getpeername() == (lab.addresses("vault").ipv4, 22)


def test_many_threads_may_dial_at_once_and_descriptors_do_not_pile_up(lab: Foundation):
    def greeting(name: str) -> bytes:
        with dial(lab.folder.state_json, name, lab.addresses(name).ipv6, 22, 10.0) as connection:
            return connection.recv(8)

    before = len(list(Path("/proc/self/fd").iterdir()))
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert set(pool.map(greeting, ["vault", "recovery-1", "app-web", "app-primary"] * 8)) == {b"SSH-2.0-"}
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_port_where_nothing_listens_says_so(lab: Foundation):
    address = lab.addresses("vault").ipv4
    with pytest.raises(HostUnreachable) as caught:
        dial(lab.folder.state_json, "vault", address, 23, 5.0)
    assert str(caught.value) == (
        "error SP351: vault does not answer at port 23: nothing listens there\n"
        f"  where: vault ({address}:23)\n"
        "  fix:   stormproof lab status; stormproof lab up"
    )


def test_an_address_outside_the_lab_is_not_reached(lab: Foundation):
    with pytest.raises(HostUnreachable):
        dial(lab.folder.state_json, "vault", "127.0.0.1", 23, 2.0)
    with pytest.raises(HostUnreachable) as caught:
        dial(lab.folder.state_json, "vault", "192.0.2.1", 22, 5.0)
    assert caught.value.what == "vault does not answer at port 22: its network is down"


def test_a_machine_that_has_no_lab_says_how_to_get_one(tmp_path: Path):
    with pytest.raises(HostUnreachable) as caught:
        dial(tmp_path / "state.json", "vault", "10.1.3.10", 22, 1.0)
    assert str(caught.value) == (
        f"error SP350: vault is down\n  where: {tmp_path / 'state.json'}\n  fix:   stormproof lab up"
    )


def test_a_reused_process_number_is_refused(lab: Foundation, tmp_path: Path):
    document = json.loads(lab.folder.state_json.read_text())
    document["hosts"]["vault"]["started"] -= 1
    forged = tmp_path / "state.json"
    forged.write_text(json.dumps(document))
    with pytest.raises(HostUnreachable) as caught:
        dial(forged, "vault", lab.addresses("vault").ipv4, 22, 1.0)
    assert caught.value.what == "vault is down"


def test_a_state_of_an_earlier_start_of_the_machine_is_no_lab(lab: Foundation, tmp_path: Path):
    document = json.loads(lab.folder.state_json.read_text())
    document["boot_id"] = "another"
    (tmp_path / "state.json").write_text(json.dumps(document))
    with pytest.raises(HostUnreachable):
        dial(tmp_path / "state.json", "vault", lab.addresses("vault").ipv4, 22, 1.0)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "another"}', '{"schema": "stormproof.lab-state/v1"}'])
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, text: str):
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(Refused) as caught:
        dial(tmp_path / "state.json", "vault", "10.1.3.10", 22, 1.0)
    assert caught.value.fix == "check `via.namespace` of the host in inventory.yaml"


def test_an_unknown_host_is_refused_with_the_ones_there_are(lab: Foundation):
    with pytest.raises(Refused) as caught:
        dial(lab.folder.state_json, "vaultt", "10.1.3.10", 22, 1.0)
    assert caught.value.what == "the lab has no host 'vaultt'"
    assert "recovery-1" in caught.value.fix
