"""What several parts of the lab and its inventory agree on: names, ports and folders. Imports nothing."""

from __future__ import annotations

DATABASE = "shop"
POSTGRES_PORT = 5432
STANZA = "main"
UPLOADS = "/srv/uploads"
# pgBackRest's TLS server at the vault, and where the recovery host keeps its certificate for it.
TLS_PORT = 8432
TLS_CLIENT_FOLDER = "/etc/pgbackrest/tls"
