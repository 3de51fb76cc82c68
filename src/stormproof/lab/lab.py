"""The embedded lab as one object: up, down, destroy, status, inject, heal, shell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stormproof.core.errors import RunFailed, SetupFailed
from stormproof.lab import (
    application,
    backup_jobs,
    bring_up,
    certificates,
    disaster,
    lab_layout,
    postgres_cluster,
    recovery_host,
    tls_server,
    vault,
    wal_filling,
    wal_stream,
)
from stormproof.lab.application import Load
from stormproof.lab.bring_up import Parts
from stormproof.lab.foundation import Foundation
from stormproof.lab.inventory_file import HostEntry, inventory_text
from stormproof.lab.lab_machine import LabMachine
from stormproof.lab.lab_record import LabRecord, RecordFile
from stormproof.lab.lab_secrets import LabSecrets, read_or_make
from stormproof.lab.lab_turn import turn
from stormproof.lab.postgres_cluster import Neighbours
from stormproof.lab.shop_data import ShopSize
from stormproof.lab.state import write_whole
from stormproof.lab.topology import ROUTER
from stormproof.lab.wal_profiles import WalProfile, WalShipping

DEFAULT_SIZE_MB = 300
DEFAULT_RATE_TPS = 20.0


@contextmanager
def _as_set_up(folder: Path) -> Iterator[None]:
    """A part that fails while the lab comes up is a failed set-up: nothing was rehearsed yet. Raises SetupFailed."""
    try:
        yield
    except RunFailed as error:
        full = "No space left on device" in error.what
        fix = f"make room on the disk of {folder}, then run it again" if full else error.fix
        raise SetupFailed(error.what, where=error.where, fix=fix, code=error.code) from error


class Lab:
    """The lab of one project; its folder is `home_dir`/lab.

    Args:
        project_dir: two projects have two labs that do not disturb each other.
        home_dir: the project's state folder.
        say: takes one line of progress at a time.
        tools_dir: unpacked packages for a machine that lacks some (see unpacked.py).
        foundation: only for tests.
    """

    def __init__(
        self,
        project_dir: Path,
        home_dir: Path,
        *,
        say: Callable[[str], None] | None = None,
        tools_dir: Path | None = None,
        foundation: Foundation | None = None,
    ) -> None:
        self.folder = home_dir / "lab"
        self._say = say or (lambda line: None)
        self._foundation = foundation or Foundation(
            self.folder, project_dir, identities=lab_layout.IDENTITIES, tools_dir=tools_dir
        )
        self._record = RecordFile(self.folder / "lab-content.json")

    @property
    def inventory_path(self) -> Path:
        return self.folder / "inventory.yaml"

    @property
    def state_path(self) -> Path:
        """What `via: {namespace: …}` in the inventory points to."""
        return self.folder / "state.json"

    def up(
        self,
        profile: str = "stream",
        size_mb: int = DEFAULT_SIZE_MB,
        rate_tps: float = DEFAULT_RATE_TPS,
        synchronous: bool = False,
    ) -> dict[str, Any]:
        """Bring the lab up, to a shop at work with at least one backup; answers `status()`.

        A kept lab keeps its data: `size_mb` counts when it is made. Profile, rate and `synchronous` may change. A
        disaster that was not healed is healed. May be repeated.

        Raises:
            Refused: a profile that there is not. SetupFailed: the machine cannot isolate hosts, or a part failed.
        """
        shipping = WalShipping(WalProfile.named(profile), synchronous)
        with self._turn(), _as_set_up(self.folder):
            known = self._record.read()
            if known is not None and not known.ready:
                self._say("the last bring-up did not end; beginning anew")
                self.destroy()
                known = None
            self._boot()
            self._say(f"five hosts and a router are up ({self._foundation.status().level.value})")
            if known is None:
                self._cold(ShopSize(size_mb), shipping, rate_tps)
            else:
                self._warm(known, size_mb, shipping, rate_tps)
            self._write_inventory()
        return self.status()

    def down(self) -> None:
        """End everything, keep the files: the next `up` boots them (after the disaster too)."""
        self._foundation.down()

    def destroy(self) -> None:
        """Remove everything: processes, namespaces, files, keys."""
        with suppress(SetupFailed, OSError):  # damaged, or the disk is full: that is no reason to keep it
            known = self._record.read()
            if known is not None:  # were we killed among its files, the next bring-up would go on with what is left
                self._record.change(known, ready=False)
        self._foundation.destroy()

    def status(self) -> dict[str, Any]:
        """What stands, as JSON; `state` is `up`, `partial`, `down` or `absent`."""
        hosts = self._foundation.status()
        record = self._record.read()
        alive = [host.name for host in hosts.hosts if host.alive]
        kept = "down" if record else "absent"
        return {
            "state": ("up" if hosts.up else "partial") if alive else kept,
            "isolation_level": hosts.level.value if alive else None,
            "hosts": {host.name: asdict(host) for host in hosts.hosts},
            "content": asdict(record) if record else None,
            "folder": str(self.folder),
            "inventory": str(self.inventory_path) if self.inventory_path.exists() else None,
        }

    def inject(self, scenario: Mapping[str, Any]) -> dict[str, str | None]:
        """Cause a disaster (`kind`: loss or dropped-table); answers kind, t_fail, target, lsn, table. Heal before the next.

        Raises:
            Refused: the lab does not know this disaster. SetupFailed: the lab is not up, or not healed.
        """
        kind, table = str(scenario.get("kind")), scenario.get("table")
        disaster.refuse_unknown(kind, table)
        with self._turn():
            return self._inject(kind)

    def _inject(self, kind: str) -> dict[str, str | None]:
        record, parts = self._needed(), self._parts()
        if record.disaster is not None:
            raise SetupFailed(
                f"the lab still has a disaster ({record.disaster['kind']}) that is not healed",
                where=str(self._record.path),
                fix="run `stormproof lab up`: it heals",
                code="SP695",
            )
        # Written before the act: whatever kills us in between, the next `up` knows that something may be broken.
        record = self._record.change(record, disaster={"kind": kind})
        if kind == "loss":
            happened = disaster.lose_primary(parts.primary, self._foundation.host("app-primary"))
        else:
            way = disaster.application_sql(parts.web, application.PASSWORD_FILE)
            happened = disaster.drop_orders(parts.primary, way)
        record = self._record.change(record, disaster=happened.as_dict())
        if kind == "dropped-table":
            disaster.wait_for_vault(parts.primary, happened, _shipping(record))
        return happened.as_dict()

    def heal(self) -> dict[str, Any]:
        """Bring the source back to health after a disaster; does nothing when there was none. May be repeated.

        Returns when the application's heartbeat is acknowledged again, WAL streams, and the archiver has proved that it
        works. A dropped table is put back, and a new backup taken, since the way back is a lot of WAL.
        """
        with self._turn():
            record = self._needed()
            self._boot()
            if record.disaster is not None:
                self._heal(record, record.disaster)
        return self.status()

    def _heal(self, record: LabRecord, happened: Mapping[str, str | None]) -> None:
        parts = self._parts()
        wal_stream.drop_connection(parts.vault)
        vault.drop_pushes(parts.vault)
        bring_up.start_serving(parts, _load(record), _shipping(record), self._say)
        if disaster.orders_missing(parts.primary):
            self._say("putting the dropped table back")
            disaster.put_orders_back(parts.primary)
        disaster.remove_markers(parts.primary)
        wal_stream.wait_for_archiver(parts.primary)
        if happened.get("kind") == "dropped-table":
            record = self._back_up(record, parts)
        self._record.change(record, disaster=None)
        self._say("the source is healed")

    def backup(self, *, compression: str = "") -> backup_jobs.Backup:
        """One more backup, with its references; with `compression` a full one that is compressed so."""
        with self._turn():
            record = self._needed()
            made = bring_up.backup(self._parts(), compression=compression)
            self._record.change(record, last_backup=made.label)
        return made

    def write_wal(self, segments: int) -> None:
        """Fill so many segments of WAL and wait until the vault's archive holds them; no table changes."""
        with self._turn():
            self._needed()
            wal_filling.write_segments(self._parts().primary, segments)

    def shell(self, host: str, argv: Sequence[str] = ()) -> int:
        """Run a program (default: a shell) on a host as the database's user, on our own terminal; answers its status."""
        return self._foundation.host(host).interactive(list(argv) or ["bash", "-l"])

    def host(self, name: str) -> LabMachine:
        """The lab's own hand on a host, for fault injection and tests; a runner takes SSH."""
        return LabMachine(self._foundation.host(name), self._foundation.addresses(name).ipv4)

    # -- how

    def _turn(self) -> AbstractContextManager[None]:
        return turn(self.folder.with_name("lab.lock"), self._say)

    def _boot(self) -> None:
        """Start what does not stand: a lost host alone, so that the others live on; all when the router is gone."""
        found = self._foundation.status()
        lost = [host.name for host in found.hosts if not host.alive]
        if found.hosts and ROUTER not in lost:
            for name in lost:
                self._foundation.host(name).start()
                self._foundation.host(name).link_up()
            return
        # Made from outside before the first boot, so that it belongs to the hosts' user: mounts are made below it.
        self._foundation.write("vault", f"{vault.ROOT}/README", vault.README)
        self._foundation.write("recovery-1", recovery_host.PGBACKREST_PATH, recovery_host.PGBACKREST, mode=0o640)
        self._foundation.up(lab_layout.hosts())

    def _cold(self, size: ShopSize, shipping: WalShipping, rate_tps: float) -> None:
        record = self._record.write(
            LabRecord(shipping.profile, size.megabytes, rate_tps, shipping.synchronous, customers=size.customers)
        )
        parts = self._parts()
        bring_up.make_content(parts, size, shipping, self._say)
        bring_up.start_serving(parts, _load(record), shipping, self._say)
        record = self._back_up(record, parts)
        self._record.change(record, ready=True)

    def _warm(self, known: LabRecord, size_mb: int, shipping: WalShipping, rate_tps: float) -> None:
        if size_mb != known.size_mb:
            self._say(f"kept data of {known.size_mb} MB stays; `lab destroy` first for another size")
        parts = self._parts()
        if (known.profile, known.synchronous) != (shipping.profile.value, shipping.synchronous):
            self._change_shipping(parts, shipping)
        if rate_tps != known.rate_tps:
            application.stop_load(parts.web)
        record = self._record.change(
            known, profile=shipping.profile.value, synchronous=shipping.synchronous, rate_tps=rate_tps
        )
        if record.disaster is not None:
            self._heal(record, record.disaster)
        else:
            bring_up.start_serving(parts, _load(record), shipping, self._say)

    def _change_shipping(self, parts: Parts, shipping: WalShipping) -> None:
        self._say(f"WAL goes to the vault by profile '{shipping.profile}' from now on")
        wal_stream.stop(parts.vault)
        if postgres_cluster.running(parts.primary):
            postgres_cluster.stop(parts.primary)
        postgres_cluster.configure_shipping(parts.primary, shipping)
        vault.configure_primary(parts.primary, shipping, parts.secrets.pgbackrest_cipher)

    def _back_up(self, record: LabRecord, parts: Parts) -> LabRecord:
        self._say("backing up: pgBackRest, restic, references")
        made = bring_up.backup(parts)
        self._say(f"backup {made.label} is in the vault")
        return self._record.change(record, last_backup=made.label)

    def _parts(self) -> Parts:
        def both(name: str) -> list[str]:
            addresses = self._foundation.addresses(name)
            return [addresses.ipv4, addresses.ipv6]

        return Parts(
            primary=self.host("app-primary"),
            web=self.host("app-web"),
            vault=self.host("vault"),
            outside=self.host("outside"),
            recovery=self.host("recovery-1"),
            neighbours=Neighbours(application=both("app-web"), vault=both("vault")),
            secrets=self._secrets(),
            certificates=certificates.read_or_make(self.folder / "keys", server="vault", client="recovery-1"),
        )

    def _secrets(self) -> LabSecrets:
        return read_or_make(self.folder / "keys")

    def _needed(self) -> LabRecord:
        record = self._record.read()
        if record is None or not record.ready:
            raise SetupFailed(
                "the lab is not there yet", where=str(self.folder), fix="run `stormproof lab up`", code="SP615"
            )
        return record

    def _write_inventory(self) -> None:
        entries = {}
        for spec in lab_layout.hosts():
            addresses = self._foundation.addresses(spec.name)
            identity = os.path.relpath(self._foundation.control_key(spec.name), self.folder)
            entries[spec.name] = HostEntry(
                spec.name, addresses.ipv4, addresses.ipv6, self._foundation.host_key(spec.name), identity
            )
        has_tls = tls_server.listens(self.host("vault"))
        write_whole(self.inventory_path, inventory_text(entries, state_json=self.state_path, has_tls=has_tls))


def _shipping(record: LabRecord) -> WalShipping:
    return WalShipping(WalProfile.named(record.profile), record.synchronous)


def _load(record: LabRecord) -> Load:
    return Load(record.rate_tps, record.customers)
