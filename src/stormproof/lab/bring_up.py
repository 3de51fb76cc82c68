"""From empty hosts to a shop at work with a first backup, as much of it side by side as the data allows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from stormproof.core.errors import SetupFailed
from stormproof.lab import (
    application,
    backup_jobs,
    postgres_cluster,
    shop_data,
    snapshot_schedule,
    tls_server,
    vault,
    wal_stream,
)
from stormproof.lab.application import Load
from stormproof.lab.certificates import Certificates
from stormproof.lab.lab_secrets import LabSecrets
from stormproof.lab.machine import Machine
from stormproof.lab.postgres_cluster import Neighbours
from stormproof.lab.shop_data import ShopSize
from stormproof.lab.wal_profiles import WalShipping

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """The hosts by what they are for, and the secrets that their content needs."""

    primary: Machine
    web: Machine
    vault: Machine
    outside: Machine
    recovery: Machine
    neighbours: Neighbours
    secrets: LabSecrets
    certificates: Certificates


def make_content(parts: Parts, size: ShopSize, shipping: WalShipping, say: Say) -> None:
    """Data and repositories on hosts that have neither. Nothing serves yet: `start_serving` comes after."""
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="bring-up") as side:
        vault_ready = side.submit(vault.lay_out, parts.vault)
        files = side.submit(shop_data.make_files, parts.primary, size)
        repository = side.submit(_restic_repository, parts, vault_ready)
        postgres_cluster.create(parts.primary, parts.neighbours)
        postgres_cluster.configure_shipping(parts.primary, shipping)
        vault.configure_primary(parts.primary, shipping, parts.secrets.pgbackrest_cipher)
        postgres_cluster.start(parts.primary, quiet=True)
        say("PostgreSQL is there; making the shop's rows and files")
        vault_ready.result()
        stanza = side.submit(vault.make_stanza, parts.vault, parts.secrets.pgbackrest_cipher)
        postgres_cluster.create_roles_and_database(
            parts.primary,
            shop_app_password=parts.secrets.shop_app,
            wal_receiver_password=parts.secrets.wal_receiver,
        )
        files.result()
        shop_data.load(parts.primary, size)
        stanza.result()
        repository.result()
        postgres_cluster.stop(parts.primary)


def _restic_repository(parts: Parts, vault_ready: Future[None]) -> None:
    vault_ready.result()
    vault.make_restic_repository(parts.primary, parts.secrets.restic_password)


def start_serving(parts: Parts, load: Load, shipping: WalShipping, say: Say) -> None:
    """Server, stream, application, and the world outside; returns when a heartbeat was acknowledged. May be repeated."""
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="serve") as side:
        outside = side.submit(application.start_outside, parts.outside)
        faster_way = side.submit(_serve_readers, parts)
        before = application.last_acknowledged(parts.web)
        app = side.submit(application.start, parts.web, load, shop_app_password=parts.secrets.shop_app)
        if not postgres_cluster.running(parts.primary):
            postgres_cluster.start(parts.primary)
        if shipping.streams:
            postgres_cluster.keep_slot(parts.primary)
            wal_stream.start(parts.vault, shipping, password=parts.secrets.wal_receiver)
            wal_stream.wait_for_stream(parts.primary)
        else:
            postgres_cluster.drop_slot(parts.primary)
        app.result()
        snapshot_schedule.keep_snapshotting(parts.primary, parts.secrets.restic_password)
        application.wait_for_heartbeat(parts.web, after=before[0] if before else 0)
        outside.result()
        _without_it(faster_way, say)
    say("the application works; its heartbeat is acknowledged")


def _without_it(faster_way: Future[None], say: Say) -> None:
    """The TLS server needs more of a machine than the rest of the lab: where it cannot run, there is the way over SSH."""
    try:
        faster_way.result()
    except SetupFailed as error:
        say(f"going on without transport tls: {error.what} ({error.fix})")


def _serve_readers(parts: Parts) -> None:
    tls_server.start(parts.vault, parts.certificates)
    tls_server.admit(parts.recovery, parts.certificates)


def backup(parts: Parts, *, compression: str = "") -> backup_jobs.Backup:
    return backup_jobs.backup(parts.primary, parts.vault, parts.secrets, compression=compression)
