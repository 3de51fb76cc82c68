"""The shop: structure and rows made on the server, files with real contents beside it."""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.lab.agreed import DATABASE, UPLOADS
from stormproof.lab.machine import Machine, resource
from stormproof.lab.postgres_cluster import PSQL

LAB_STATE = "/tmp/shop"  # noqa: S108 (the host's own /tmp)
MANIFEST = f"{LAB_STATE}/manifest"

# Measured with these texts: 450,000 orders with payments and indexes are 169 MB; an empty cluster is 22 MB.
ORDERS_PER_MB = 1500
FILES_SHARE = 0.35  # of the size, as files; the rest is database
LARGE_FILE_BYTES = 262144
SMALL_FILE_BYTES = 16384
CUSTOMERS_MIN = 200


@dataclass(frozen=True, slots=True)
class ShopSize:
    """How much there is: `megabytes` is database and files together, roughly; 0 makes every table and no order."""

    megabytes: int

    @property
    def orders(self) -> int:
        return self.megabytes * ORDERS_PER_MB

    @property
    def customers(self) -> int:
        return CUSTOMERS_MIN + self.orders // 10

    @property
    def file_bytes(self) -> int:
        return int(self.megabytes * 1_000_000 * FILES_SHARE)


def make_files(primary: Machine, size: ShopSize) -> None:
    """Fill /srv/uploads and write the manifest (path, sha256, bytes) that the rows are made from.

    Contents are random, as pictures and documents are to a compressor. A tenth lies in small files; an empty file, and
    names with spaces and outside ASCII, are always there. They are a minute old, as their rows say: a reference leaves out
    what is still being written, and a first one taken seconds later would hold no file at all.
    """
    small = size.file_bytes // 10
    primary.check(
        f"""
set -e -o pipefail; export LC_ALL=C
mkdir -p {UPLOADS}/first/large {UPLOADS}/first/small {UPLOADS}/new "{UPLOADS}/first/Ärger & Söhne" {LAB_STATE}
cd {UPLOADS}
head -c {size.file_bytes - small} /dev/urandom | split -b {LARGE_FILE_BYTES} -a 6 -d --additional-suffix=.jpg - first/large/
head -c {small} /dev/urandom | split -b {SMALL_FILE_BYTES} -a 6 -d --additional-suffix=.pdf - first/small/
: >first/empty.txt
head -c 5000 /dev/urandom >'first/Ärger & Söhne/Rechnung № 7 – 見本.pdf'
printf 'Grüße\\n' >'first/a name with  spaces.txt'
find . -type f -exec touch -d '1 minute ago' {{}} +
find . -type f -printf '%P\\t%s\\n' | sort >{MANIFEST}.sizes
cut -f 1 {MANIFEST}.sizes | tr '\\n' '\\0' | xargs -0 -n 2000 sha256sum | sed -E 's/^([0-9a-f]{{64}})  (.*)$/\\2\\t\\1/' | sort >{MANIFEST}.sums
join -t $'\\t' {MANIFEST}.sums {MANIFEST}.sizes >{MANIFEST}
[ "$(wc -l <{MANIFEST})" = "$(wc -l <{MANIFEST}.sizes)" ]
rm {MANIFEST}.sums {MANIFEST}.sizes
""",
        timeout_seconds=300.0,
    )


def load(primary: Machine, size: ShopSize) -> None:
    """Make the shop in one transaction from the resources' SQL. Needs the manifest of `make_files`."""
    script = "\n".join(
        [
            f"\\set orders {size.orders}",
            f"\\set customers {size.customers}",
            "begin; set local role shop_owner; set local maintenance_work_mem = '256MB';",
            resource("shop_schema.sql"),
            resource("shop_orders.sql"),
            resource("shop_data.sql"),
            resource("shop_dependents.sql"),
            "create index customers_name_trgm on public.customers using gin (name gin_trgm_ops);",
            "commit;",
            # Otherwise the first readers would mark every row, and with data checksums each page so touched goes
            # through the WAL once: 170 MB more for the first recovery to replay.
            "vacuum (freeze, analyze, index_cleanup off);",
        ]
    )
    primary.put(f"{LAB_STATE}/shop.sql", script)
    primary.check(
        f"{PSQL} -XAtq -v ON_ERROR_STOP=1 -d {DATABASE} -f {LAB_STATE}/shop.sql <{MANIFEST} >/dev/null",
        env={"PGHOST": "/run/postgresql"},
        timeout_seconds=600.0,
    )
    primary.check(f"rm -r {LAB_STATE}")
