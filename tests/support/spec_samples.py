"""A sound drill and a sound inventory, for tests that break one thing in them."""

from __future__ import annotations

from stormproof.core.inventory import Inventory
from stormproof.core.inventory_text import parse_inventory

SOUND_DRILL = """\
drill: shop-latest
title: The shop comes back after the loss of its primary
owner: platform@example.com
runbook: restore_shop
environment: recovery
scenario: {kind: loss, service: shop, at: now, inject: true}
point: newest
window: {min: 14d}
targets: {rto: 5m, rpo: 1m, rpo_consistent: 2m}
checks:
  - structure: {}
  - volume: {table: orders, rows: {min: 1000, max_drop_percent: 20}}
  - query: {name: no order without customer, sql: select 0, expect: {equals: 0}, timeout: 30s}
  - integrity: {amcheck: true, checksums: if-enabled, foreign_keys: true, sequences: true}
  - freshness: {watermark: {table: stormproof.heartbeat, column: at}, max_age: 1m}
  - files: {}
  - cross_store: {}
  - settings: {ignore: [listen_addresses]}
keep: {on_success: 0s, on_failure: 1h}
schedule: "0 4 * * 1"
"""

INVENTORY = """\
environments:
  production: {protected: true}
  backup: {protected: false}
  recovery:
    protected: false
    isolation:
      must_reach: [vault:22]
      must_not_reach: [app-primary:5432, app-web:443, outside:53/udp]
      witness: {app-primary: vault, app-web: vault}
hosts:
  app-primary: {environment: production, address: 10.0.10.5, user: postgres, host_key: ssh-ed25519 AAAA, identity: ~/.ssh/r, roles: [postgres, files]}
  app-web: {environment: production, address: 10.0.10.6, user: postgres, host_key: ssh-ed25519 AAAA, identity: ~/.ssh/r, roles: [application]}
  vault: {environment: backup, address: 10.0.30.5, user: postgres, host_key: ssh-ed25519 AAAA, identity: ~/.ssh/r, roles: [pgbackrest-repository, restic-repository]}
  recovery-1: {environment: recovery, address: 10.0.40.5, user: postgres, host_key: ssh-ed25519 AAAA, identity: ~/.ssh/r}
  outside: {environment: backup, address: outside.example.com, user: nobody, host_key: ssh-ed25519 AAAA, identity: ~/.ssh/r}
services:
  orders-db:
    kind: postgres
    host: app-primary
    stanza: main
    database: shop
    application_role: shop_app
    password: file:keys/shop_app
    readiness: {write: insert, read: select}
  uploads: {kind: files, host: app-primary, path: /srv/uploads, repository: uploads}
  shop:
    kind: application
    made_of: [orders-db, uploads]
    rows: select path, sha256, created_at from attachments
secrets: {source: "file:keys/"}
"""


def inventory(*, lab: bool, text: str = INVENTORY) -> Inventory:
    """The sample as a model; `lab` as if the lab had written it."""
    return parse_inventory(text + ("lab: true\n" if lab else ""), file="inventory.yaml", folder="/project")
