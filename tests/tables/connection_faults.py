"""Rows of docs/faults.md, section connection_faults."""

from __future__ import annotations

from tables.row import Expect, Row

SECTION = "connection_faults"
MET = Expect("met", 0)


def _row(row_id: str, what: str, expect: Expect, *, nightly: bool = False) -> Row:
    return Row(row_id, what, expect, SECTION, nightly)


ROWS: list[Row] = [
    _row(
        "vault-unreachable",
        "The recovery host cannot reach the vault",
        Expect("refused", 2, ("SP303",), "recovery-1 cannot reach vault:22, which it must"),
    ),
    _row(
        "vault-down",
        "The vault is off every network: without its witness nothing is proved, and nothing moved",
        Expect("refused", 2, ("SP303",), "recovery-1 cannot reach vault:22, which it must"),
    ),
    _row(
        "vault-cut-mid-restore",
        "Every packet to the vault is dropped in the middle of a restore, for a while: ssh's bounds end the attempt, and "
        "what came over is kept",
        MET,
    ),
    _row(
        "vault-cut-for-good",
        "Every packet to the vault is dropped in the middle of a restore, for good",
        Expect("failed", 3, ("SP289",), "no connection from the recovery host to the vault"),
        nightly=True,
    ),
    _row("vault-sshd-killed", "The vault's sshd sessions are killed in the middle of a restore", MET),
    _row("vault-tls-killed", "The vault's TLS sessions are killed in the middle of a restore over TLS", MET),
    _row(
        "vault-tls-down",
        "The vault's TLS server does not run, and the restore should go over it",
        Expect("failed", 3, ("SP289",), "no connection from the recovery host to the vault's TLS server"),
    ),
    _row(
        "control-cut-mid-restore",
        "The runner's connection is cut while a restore runs on the host: it goes on there, and is not begun twice",
        MET,
    ),
    _row(
        "control-dropped-mid-restore",
        "The runner's packets are dropped while a restore runs on the host: noticed within 20 s, the restore goes on",
        MET,
        nightly=True,
    ),
    _row(
        "recovery-host-rebooted",
        "The recovery host is restarted in the middle of a restore: the restore is begun again over what is there",
        MET,
    ),
    _row(
        "recovery-host-gone",
        "The recovery host dies in the middle of a restore and does not come back",
        Expect("failed", 5, ("SP805",), "drill sweep"),
    ),
    _row(
        "host-key-unknown",
        "The inventory pins no usable host key of the recovery host",
        Expect("refused", 2, ("SP503",), "pins no usable host key"),
    ),
    _row(
        "host-key-changed",
        "The recovery host shows another host key than the inventory pins",
        Expect("refused", 2, ("SP503",), "another key than the inventory pins"),
    ),
    _row(
        "vault-host-key-unknown",
        "The recovery host does not know the vault's host key",
        Expect("failed", 3, ("SP291",), "host key"),
    ),
    _row(
        "vault-host-key-changed",
        "The vault shows another host key than the recovery host knows",
        Expect("failed", 3, ("SP291",), "host key"),
    ),
    _row(
        "recovery-key-refused-at-vault",
        "The vault refuses the recovery host's key",
        Expect("failed", 3, ("SP290",), "refused"),
    ),
    _row(
        "runner-key-refused",
        "The recovery host refuses the runner's key",
        Expect("failed", 3, ("SP504",), "the host refused the key"),
    ),
    _row(
        "recovery-clock-off",
        "The recovery host's clock is 90 s ahead",
        Expect("met", 0, ("SP140",), "the clock of recovery-1 is 90.0 s ahead of ours"),
    ),
    _row(
        "vault-clock-off",
        "The vault's clock is 90 s ahead",
        Expect("met", 0, ("SP140",), "the clock of vault is"),
    ),
    _row(
        "writer-clock-off",
        "The clock of the host that keeps the acknowledged writes is 90 s ahead: taken out of the RPO",
        Expect("met", 0, ("SP140",), "the clock of app-web is"),
    ),
    _row(
        "recovery-clock-set",
        "The recovery host's clock is set 90 s forward while the drill runs",
        Expect("met", 0, ("SP141",), "the clock of recovery-1 was set forward"),
    ),
    _row(
        "writer-clock-set",
        "The clock of the host that keeps the acknowledged writes is set 90 s back while the drill runs: no RPO can be told",
        Expect("unverified", 4, ("SP141", "SP802"), "the clock of app-web was set back"),
    ),
    _row(
        "heartbeat-stopped",
        "The heartbeat had stopped before the failure, for longer than the RPO's target: neither loss nor proof of none",
        Expect("unverified", 4, ("SP138", "SP445", "SP802"), "the heartbeat had paused"),
    ),
    _row(
        "database-clock-off",
        "The database's own clock, which stamps the heartbeat, is 90 s ahead: taken out of the RPO",
        Expect("met", 0, ("SP139",), "the heartbeat's instants are"),
    ),
]
