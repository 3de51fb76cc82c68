"""One golden cluster for each session of tests; every test breaks a copy of its own."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from checks_local_host import LocalHost
from restored_copy import BIN, SHOP, Server, add_file, configure, copy, discard, fill

from stormproof.core.reference import Reference

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def golden() -> Iterator[Path]:
    """A stopped cluster with the shop in it and its files beside it; each test works on a copy."""
    folder = Path(tempfile.mkdtemp(prefix="sp-checks-", dir="/tmp"))
    folder.chmod(0o755)
    host = LocalHost()
    server = fill(folder, host)
    host.check(
        f"{BIN}/initdb -D {server.place.pgdata} -U postgres --no-sync -k -E UTF8 --locale=C.UTF-8 >/dev/null && "
        f"cat >>{server.place.pgdata}/postgresql.conf",
        stdin="fsync = off\nlisten_addresses = ''\nwal_level = replica\nlog_timezone = UTC\nlog_checkpoints = on\nmax_prepared_transactions = 4\n",
        timeout_seconds=60,
    )
    configure(server)
    server.start()
    server.sql("create database shop", "postgres")
    server.sql(SHOP)
    for number in range(12):
        name = {3: "odd\tname", 5: "zwölf ß.bin", 7: "sub dir/with\nline"}.get(number, f"a/{number}.bin")
        add_file(server, name, f"content {number}", minutes=60 - number)
    server.stop()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(golden: Path) -> Iterator[Server]:
    """A running cluster of its own, for faults of the whole cluster or of its files."""
    made = copy(golden)
    try:
        yield made
    finally:
        discard(made)


@pytest.fixture(scope="session")
def shared(golden: Path) -> Iterator[Server]:
    """One running cluster whose databases tests copy: quicker than a cluster for each."""
    made = copy(golden)
    try:
        yield made
    finally:
        discard(made)


@pytest.fixture(scope="session")
def reference(shared: Server) -> Reference:
    """What the cluster looked like, as a backup's job would have captured it."""
    return shared.reference()


@pytest.fixture
def database(shared: Server, reference: Reference) -> tuple[Server, Reference]:
    """A copy of the shop's database and of its files, to break, and the reference under the copy's name."""
    name = f"shop_{next(_NUMBERS)}"
    shared.sql(f"create database {name} template shop strategy file_copy", "postgres")
    files = shared.folder / name
    shared.host.check(f"cp -a {shared.files} {files}")
    made = replace(shared, place=replace(shared.place, database=name), files=files, work=shared.folder / f"work-{name}")
    assert reference.postgres is not None
    shop = reference.postgres.databases["shop"]
    objects = {f"database {name}" if key == "database shop" else key: text for key, text in shop.objects.items()}
    renamed = reference.postgres.model_copy(update={"databases": {name: shop.model_copy(update={"objects": objects})}})
    return made, reference.model_copy(update={"postgres": renamed})
