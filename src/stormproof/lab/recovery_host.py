"""What the isolated host is prepared with before any disaster: where the vault is, and nothing that opens it.

The passphrase comes with each run from the third place; the key that the vault admits reads and nothing else.
"""

from __future__ import annotations

from stormproof.lab.agreed import STANZA

PGBACKREST_PATH = "/etc/pgbackrest/pgbackrest.conf"
PGBACKREST = f"""[global]
repo1-host=vault
repo1-host-user=postgres
repo1-cipher-type=aes-256-cbc
log-level-file=off

[{STANZA}]
pg1-path=/var/lib/stormproof/nowhere
"""
