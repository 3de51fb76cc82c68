"""A repository in an object store: no host keeps it, nobody logs in there; it is listed and read through pgBackRest."""

from __future__ import annotations

from healthy_site import CIPHER, Cluster, HealthySite

from tables.planting import plants
from tables.row import Saw

OBJECTS = Cluster("objects", 5439, service={"object_store": True})
PORT = 9443
CONTENT = "create table stock (id int primary key, note text); insert into stock select g, md5(g::text) from generate_series(1, 20000) g;"
S3 = f"""
repo1-type=s3
repo1-path=/objects
repo1-s3-bucket=backups
repo1-s3-endpoint=vault
repo1-s3-region=us-east-1
repo1-s3-key=AKIATEST
repo1-s3-key-secret=healthy-object-key
repo1-s3-uri-style=path
repo1-storage-host=vault
repo1-storage-port={PORT}
repo1-storage-ca-file=/etc/pgbackrest/store.crt
"""


@plants("object-store")
def objects(site: HealthySite, row: str) -> Saw:
    if "objects" not in site.clusters:
        certificate = site.serve_objects(PORT, "backups")
        for machine in (site.db, site.recovery):
            machine.put("/etc/pgbackrest/store.crt", certificate, "644")
        site.recovery.run("cat >>/etc/pgbackrest/pgbackrest.conf", stdin=f"\n[objects]\n{S3}")
        site.add(OBJECTS, CONTENT, keeper="db", repository=S3)
        site.db.run("pgbackrest --stanza=objects stanza-create")
        site.db.run("pgbackrest --stanza=objects --type=full --start-fast --repo1-retention-full=2 backup")
        site.captured(OBJECTS, site.db)
        site.sql(OBJECTS, "insert into stock select g, 'later' from generate_series(20001, 30000) g")
        site.wait_until_archived(OBJECTS)
    drilled = site.drill("objects", "objects", asks={"rows": "select count(*) from stock"})
    assert drilled.answers["rows"] == "30000"
    assert CIPHER not in str(drilled.document)
    names = set(drilled.document["clock_offsets"])
    assert names == {"recovery", "web"}, "the object store has no clock that one logs in to ask"
    assert (
        site.vault.says("ls /srv/vault/pgbackrest/backup /srv/vault/references 2>/dev/null | grep -c objects || true")
        == "0"
    )
    return drilled.saw()
