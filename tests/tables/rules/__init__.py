"""Twins for rules: for each rule programs that it refuses, lets pass, and cannot judge. One table for each part of a program."""

from __future__ import annotations

from declared import Twins

from tables.rules import access, accounts, alarms, backups, edge, kept_data, network, organisation, single_properties

TABLES = (accounts, single_properties, kept_data, network, edge, access, alarms, backups, organisation)
TWINS: dict[str, Twins] = {rule: twins for table in TABLES for rule, twins in table.TWINS.items()}
