"""Rows of docs/faults.md, section connection_faults."""

from __future__ import annotations

from tables.row import Expect, Row

SECTION = "connection_faults"
MET = Expect("met", 0)


def _row(row_id: str, what: str, expect: Expect) -> Row:
    return Row(row_id, what, expect, SECTION)


ROWS: list[Row] = [
    _row(
        "vault-unreachable",
        "The recovery host cannot reach the vault",
        Expect("refused", 2, ("SP303",), "recovery-1 cannot reach vault:22, which it must"),
    ),
    _row(
        "vault-cut-mid-restore",
        "Every packet to the vault is dropped in the middle of a restore, for a while: ssh's bounds end the attempt, and "
        "what came over is kept",
        MET,
    ),
    _row("vault-sshd-killed", "The vault's sshd sessions are killed in the middle of a restore", MET),
    _row(
        "control-cut-mid-restore",
        "The runner's connection is cut while a restore runs on the host: it goes on there, and is not begun twice",
        MET,
    ),
    _row(
        "recovery-host-rebooted",
        "The recovery host is restarted in the middle of a restore: the restore is begun again over what is there",
        MET,
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
        "heartbeat-stopped",
        "The heartbeat had stopped before the failure, for longer than the RPO's target: neither loss nor proof of none",
        Expect("unverified", 4, ("SP138", "SP445", "SP802"), "the heartbeat had paused"),
    ),
]
