"""Twins for rules: for each rule programs that it refuses, lets pass, and cannot judge. One table for each part of a program."""

from __future__ import annotations

from declared import Twins

from tables.rules import access, accounts, alarms, backups, edge, network, organisation, single_properties, stores

TABLES = (accounts, single_properties, stores, network, edge, access, alarms, backups, organisation)
TWINS: dict[str, Twins] = {rule: twins for table in TABLES for rule, twins in table.TWINS.items()}
