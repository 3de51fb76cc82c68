"""Rows of docs/faults.md, section vault_ways: what a recovery host could try with its own keys at the vault. All of it is shut.

No drill ends here, so there is neither verdict nor exit code.
"""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]


def _shut(row_id: str, what: str) -> Row:
    return Row(row_id, what, Expect(None, None, (), "shut"), "vault_ways")


ROWS: list[Row] = [
    _shut("way-shell", "a shell at the vault"),
    _shut("way-command", "a command of its own, with either key"),
    _shut("way-forward-stdio", "standard input forwarded to production (`ssh -W`), with either key"),
    _shut("way-forward-local", "a local port forwarded to production (`ssh -L`)"),
    _shut("way-forward-remote", "a port at the vault that leads back (`ssh -R`)"),
    _shut("way-forward-dynamic", "the vault as a SOCKS proxy (`ssh -D`)"),
    _shut("way-forward-agent", "an agent carried to the vault (`ssh -A`)"),
    _shut("way-forward-x11", "a display carried to the vault (`ssh -X`)"),
    _shut("way-tunnel", "a network tunnel to the vault (`ssh -w`)"),
    _shut("way-terminal", "a terminal (`ssh -tt`)"),
    _shut("way-environment", "environment variables sent along (`SetEnv`), BASH_ENV for one"),
    _shut("way-sftp-write", "files written, changed or removed by sftp"),
    _shut("way-sftp-elsewhere", "the vault's own keys and settings read by sftp"),
    _shut("way-sftp-by-the-other-key", "sftp with pgBackRest's key"),
    _shut("way-sftp-links", "a link made by sftp that leads out"),
    _shut("way-repository-write", "pgBackRest's repository written or deleted through the gate"),
    _shut("way-other-stanza", "another stanza, another configuration, another side through the gate"),
    _shut("way-gate-words", "words that a shell would read, sent to the gate"),
]
