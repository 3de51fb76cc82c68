"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests_support import PrivateSshd, start_sshd, stop_sshd


@pytest.fixture(scope="module")
def private_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateSshd]:
    server = start_sshd(tmp_path_factory.mktemp("sshd"))
    yield server
    stop_sshd(server)
