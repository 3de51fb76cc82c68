"""The same 1.9 GB brought back by pgBackRest, barman and pg_basebackup's archive, from servers of its own on loopback.

pgBackRest with zstd and encryption, from its TLS server and over SSH; barman by rsync, as it restores to another host;
pg_basebackup's tar compressed with zstd at the vault's side and unpacked as it arrives; both over SSH. Each ends with a
sync of what it wrote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.own_sshd import ssh_command
from benchmarks.timed import Failed
from benchmarks.timed import run as timed
from stormproof.lab.certificates import read_or_make

BIN = Path("/usr/lib/postgresql/15/bin")
PASSPHRASE = {"PGBACKREST_REPO1_CIPHER_PASS": "benchmark"}
PROCESSES = 4  # on two cores: some wait for a file to be on disk while others work


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Interleaved: dd of the same bytes, then each tool into an empty folder."""
    if os.getuid() != 0:
        raise Failed("this comparison changes users, so it needs root")
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
    from tests_support import free_port, start_sshd, stop_sshd

    folder = Path(tempfile.mkdtemp(prefix="sp-bench-"))
    folder.chmod(0o755)
    server = start_sshd(folder / "sshd")
    site = _Site(folder, server.port, ssh_command(server), free_port())
    try:
        site.make(size_mb)
        say("  the cluster is made")
        site.back_up()
        say("  backed up three times")
        site.serve(free_port())
        return _rounds(site, rounds)
    finally:
        site.end()
        stop_sshd(server)
        shutil.rmtree(folder, ignore_errors=True)


class _Site:
    """A cluster, its three backups, and an SSH way to loopback."""

    def __init__(self, folder: Path, ssh_port: int, ssh: str, port: int) -> None:
        self.folder, self.data, self.port = folder, folder / "pg" / "data", port
        self.ssh = ssh
        self.same_bytes = folder / "same-bytes"
        self.bytes = 0
        self.server: subprocess.Popen[bytes] | None = None
        self.tls: list[str] = []
        wrapper = folder / "ssh"
        wrapper.write_text(f'#!/bin/sh\nexec {self.ssh} "$@"\n')
        wrapper.chmod(0o755)
        (folder / "pgbackrest.conf").write_text(
            f"[main]\npg1-path={self.data}\npg1-socket-path={folder}/pg\npg1-port={port}\npg1-user=postgres\n"
            f"[global]\nrepo1-path={folder}/repository\nrepo1-cipher-type=aes-256-cbc\nstart-fast=y\ncompress-type=zst\n"
            f"process-max=2\nlog-level-file=off\nlog-level-console=warn\nlock-path={folder}/lock\nspool-path={folder}/spool\n"
        )
        reader = (
            f"[main]\npg1-path={folder}/restored\n[global]\nrepo1-host=127.0.0.1\nrepo1-host-user=root\n"
            f"repo1-host-config={folder}/vault.conf\nrepo1-cipher-type=aes-256-cbc\n"
            f"log-level-file=off\nlog-level-console=warn\nlock-path={folder}/lock2\nspool-path={folder}/spool2\n"
        )
        (folder / "tls.conf").write_text(reader)
        (folder / "ssh.conf").write_text(f"{reader}repo1-host-port={ssh_port}\ncmd-ssh={wrapper}\n")
        # The vault knows no passphrase: what it hands over is decrypted by whoever restores.
        (folder / "vault.conf").write_text(f"[main]\n[global]\nrepo1-path={folder}/repository\nlog-level-file=off\n")
        (folder / "barman.conf").write_text(
            f"[barman]\nbarman_user = root\nbarman_home = {folder}/barman\nlog_file = {folder}/barman.log\n"
            f"configuration_files_directory = {folder}/barman.d\n[main]\ndescription = benchmark\nbackup_method = postgres\n"
            f"conninfo = host={folder}/pg port={port} user=postgres dbname=postgres\n"
            f"streaming_conninfo = host={folder}/pg port={port} user=postgres\n"
            f"archiver = on\nstreaming_archiver = off\npath_prefix = {BIN}\n"
        )

    def postgres(self, *command: str) -> None:
        timed(["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *command], cwd=Path("/"))

    def make(self, size_mb: int) -> None:
        """pgbench data of about four fifths of the size, and random text for the rest."""
        (self.folder / "pg").mkdir()
        shutil.chown(self.folder / "pg", "postgres", "postgres")
        self.postgres(str(BIN / "initdb"), "-D", str(self.data), "-A", "trust", "-U", "postgres", "--no-sync")
        incoming = self.folder / "barman" / "main" / "incoming"
        incoming.mkdir(parents=True)
        incoming.chmod(0o777)
        for above in (incoming.parent, incoming.parent.parent):
            above.chmod(0o755)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f"listen_addresses = ''\nport = {self.port}\nunix_socket_directories = '{self.folder}/pg'\n"
                f"max_wal_size = '8GB'\narchive_mode = on\narchive_command = 'cp %p {incoming}/%f'\n"
            )
        self.postgres(
            str(BIN / "pg_ctl"), "-D", str(self.data), "-s", "-w", "-t", "120", "-l", f"{self.folder}/pg/log", "start"
        )
        connect = ["-h", f"{self.folder}/pg", "-p", str(self.port), "-U", "postgres"]
        self.postgres(str(BIN / "pgbench"), *connect, "-q", "-i", "-s", str(max(1, size_mb // 19)), "postgres")
        text = f"create table filler as select i, repeat(md5(i::text), 8) t from generate_series(1, {size_mb * 600}) i"
        self.postgres(str(BIN / "psql"), *connect, "-qc", text, "-c", "checkpoint", "postgres")

    def back_up(self) -> None:
        for command in ("stanza-create", "backup"):
            self.pgbackrest("pgbackrest.conf", command, *(["--no-archive-check"] if command == "backup" else []))
        timed(["barman", "-c", f"{self.folder}/barman.conf", "cron"], accept=(0, 1))
        timed(["barman", "-c", f"{self.folder}/barman.conf", "backup", "main"])
        timed(
            [str(BIN / "pg_basebackup"), "-h", f"{self.folder}/pg", "-p", str(self.port), "-U", "postgres",
             "-D", f"{self.folder}/basebackup", "-F", "tar", "-X", "none", "--compress=server-zstd", "-c", "fast"]
        )  # fmt: skip
        files = sorted(path for path in (self.data / "base").rglob("*") if path.is_file())
        self.bytes = sum(path.stat().st_size for path in files)
        with self.same_bytes.open("wb") as together:  # for dd: zeroes would be other bytes
            for path in files:
                with path.open("rb") as one:
                    shutil.copyfileobj(one, together, 2**20)

    def serve(self, port: int) -> None:
        """pgBackRest's own TLS server on loopback, which admits one certificate to one stanza."""
        certificates = self.folder / "certificates"
        read_or_make(certificates, server="127.0.0.1", client="reader")
        (self.folder / "server.conf").write_text(
            f"[global]\nlog-level-file=off\nlog-level-console=warn\ntls-server-address=127.0.0.1\ntls-server-port={port}\n"
            f"tls-server-ca-file={certificates}/tls-ca.crt\ntls-server-cert-file={certificates}/tls-vault.crt\n"
            f"tls-server-key-file={certificates}/tls-vault.key\ntls-server-auth=reader=main\nlock-path={self.folder}/lock3\n"
        )
        files = {"ca": "tls-ca.crt", "cert": "tls-recovery-1.crt", "key": "tls-recovery-1.key"}
        self.tls = [
            "--repo1-host-type=tls", f"--repo1-host-port={port}",
            *(f"--repo1-host-{name}-file={certificates}/{file}" for name, file in files.items()),
        ]  # fmt: skip
        self.server = subprocess.Popen(["pgbackrest", f"--config={self.folder}/server.conf", "server"])

    def restore(self, *options: str, over: str = "tls") -> float:
        way = self.tls if over == "tls" else []
        return self.pgbackrest(f"{over}.conf", *way, "--type=none", "--job-retry=0", *options, "restore")

    def pgbackrest(self, config: str, *command: str) -> float:
        return timed(
            ["pgbackrest", f"--config={self.folder}/{config}", "--stanza=main", *command], env=PASSPHRASE
        ).seconds

    def end(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(timeout=30)
        if (self.data / "postmaster.pid").exists():
            self.postgres(str(BIN / "pg_ctl"), "-D", str(self.data), "-s", "-m", "immediate", "-w", "stop")


def _rounds(site: _Site, rounds: int) -> list[Measured]:
    target = site.folder / "restored"
    ways: dict[str, Callable[[], float]] = {
        "dd conv=fsync": lambda: timed(
            ["dd", f"if={site.same_bytes}", f"of={target}/dd", "bs=1M", "conv=fsync", "status=none"]
        ).seconds,
        "pgBackRest": lambda: site.restore(f"--process-max={PROCESSES}"),
        "pgBackRest, TLS, 2 processes": lambda: site.restore("--process-max=2"),
        "pgBackRest, ssh, 2 processes": lambda: site.restore("--process-max=2", over="ssh"),
        "barman": lambda: timed(
            ["barman", "-c", f"{site.folder}/barman.conf", "recover", "--remote-ssh-command",
             f"{site.ssh} root@127.0.0.1", "main", "latest", str(target)]
        ).seconds,
        "pg_basebackup, tar, zstd": lambda: timed(
            ["bash", "-o", "pipefail", "-c",
             f"{site.ssh} root@127.0.0.1 cat {site.folder}/basebackup/base.tar.zst | zstd -dc | tar -xf - -C {target}"]
        ).seconds,
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(mode=0o700)
            os.sync()  # what the one before left to write is not the next one's burden
            seconds = way()
            taken[name].append(seconds + (0 if name.startswith("dd") else timed(["sync", "-f", str(target)]).seconds))
    parts = {f"{name}, s": series for name, series in taken.items()}
    ours = taken["pgBackRest"]
    size = (
        f"{site.bytes / 1e9:.2f} GB; pgBackRest over TLS with {PROCESSES} processes. Its client takes about 2 s "
        "of processor time a GB on two cores (deciphering, unpacking, digests, writing), where dd only copies"
    )
    best = [min(taken["barman"][i], taken["pg_basebackup, tar, zstd"][i]) for i in range(rounds)]
    return [
        Measured(
            Goal("pgBackRest restore / `dd conv=fsync` of the same bytes", 1.25, "ratio"),
            [a / b for a, b in zip(ours, taken["dd conv=fsync"], strict=True)], parts, note=size,
        ),
        Measured(
            Goal("pgBackRest restore / the quicker of barman and pg_basebackup with zstd", 1, "ratio"),
            [a / b for a, b in zip(ours, best, strict=True)], note="both without encryption; pgBackRest decrypts",
        ),
    ]  # fmt: skip
