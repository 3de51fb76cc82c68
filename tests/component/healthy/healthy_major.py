"""A server of another major version: Debian 11's, unpacked beside this release's own.

pg_amcheck came with PostgreSQL 14, so this row's drill does not ask for it; all else is asked.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import debian_postgres
from healthy_site import DISK, EVERY_CHECK, Cluster, HealthySite

from tables.planting import plants
from tables.row import Saw

WITHOUT_AMCHECK = tuple(
    {"integrity": {**check["integrity"], "amcheck": False}} if "integrity" in check else check for check in EVERY_CHECK
)
CONTENT = """
create table measured (id int generated always as identity primary key, at timestamptz not null default now(), value numeric);
insert into measured (value) select n / 7.0 from generate_series(1, 2000) n;
create index on measured (at) include (value);
create materialized view daily as select at::date, sum(value) from measured group by 1;
"""


@plants("another-major-version")
def another_major(site: HealthySite, row: str) -> Saw:
    root = debian_postgres.unpack(site.site.folder / "debian")
    for name in ("db", "recovery"):
        shutil.copytree(root, site.site.folder / f"disk-{name}" / "postgresql", symlinks=True)
    binaries = str(debian_postgres.programs(Path(DISK) / "postgresql"))
    cluster = Cluster("major", 5442, bin=binaries, service={"binaries": binaries})
    site.add(cluster, CONTENT)
    site.backup(cluster)
    drilled = site.drill(
        "major", "major", WITHOUT_AMCHECK, asks={row: "select current_setting('server_version_num')::int / 10000 || ' ' || count(*) from measured"}
    )  # fmt: skip
    assert drilled.answers[row] == f"{debian_postgres.MAJOR} 2000"
    return drilled.saw(f"PostgreSQL {debian_postgres.MAJOR}")
