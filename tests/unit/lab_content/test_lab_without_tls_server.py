"""A machine on which the vault's TLS server cannot run has a lab all the same, and is told of it."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from stormproof.core.errors import SetupFailed
from stormproof.core.ports import Completed
from stormproof.lab import bring_up, tls_server
from stormproof.lab.certificates import Certificates


class NoNestedNamespaces:
    """A vault whose kernel refuses what the server's view needs. Fake: it answers nothing else."""

    def run(self, script: str, **options: object) -> Completed:
        assert "unshare" in script, script
        return Completed(1, "", "unshare: unshare failed: Operation not permitted\n", 0.01)


def test_the_server_says_at_once_that_it_cannot_run() -> None:
    with pytest.raises(SetupFailed) as refused:
        tls_server.start(NoNestedNamespaces(), Certificates("", "", "", "", ""))  # type: ignore[arg-type]
    assert refused.value.code == "SP810"
    assert "Operation not permitted" in refused.value.what
    assert "nested user namespaces" in refused.value.fix


def test_the_lab_goes_on_without_it() -> None:
    told: list[str] = []
    way: Future[None] = Future()
    way.set_exception(SetupFailed("it cannot run", where="vault:8432", fix="allow it", code="SP810"))
    bring_up._without_it(way, told.append)
    assert told == ["going on without transport tls: it cannot run (allow it)"]


def test_nothing_is_said_where_it_runs() -> None:
    told: list[str] = []
    way: Future[None] = Future()
    way.set_result(None)
    bring_up._without_it(way, told.append)
    assert told == []
