"""An inventory from its plain data, or everything that is wrong with it, each with its line."""

from __future__ import annotations

from collections import Counter
from typing import Any

from stormproof.core.inventory import NAME, Inventory
from stormproof.core.spec_text import SpecText, nearest_fix, validate

KEEPER_ROLES = {"postgres": "pgbackrest-repository", "files": "restic-repository"}


def inventory_of(read: SpecText, *, folder: str = ".") -> Inventory:
    """The inventory that a document holds.

    Args:
        folder: the file's own folder, for `Inventory.folder`.

    Raises SpecInvalid: every mistake, in the order of lines.
    """
    if not read.data:
        read.raise_if_wrong()
    inventory = validate(Inventory, read)
    _note_names(read)
    _note_hosts(read)
    _note_environments(read)
    _note_services(read)
    read.raise_if_wrong()
    assert inventory is not None, "a mistake without a message"
    return inventory.in_folder(folder)


def _section(read: SpecText, name: str) -> dict[str, Any]:
    section = read.get(name)
    return section if isinstance(section, dict) else {}


def _note_names(read: SpecText) -> None:
    for section in ("environments", "hosts", "services"):
        for name in _section(read, section):
            if not NAME.fullmatch(name):
                read.problem(
                    (section, name), f"'{name}' is no name", fix="use lower-case letters, digits, '.', '_' and '-'"
                )


def _note_hosts(read: SpecText) -> None:
    environments = _section(read, "environments")
    for name, host in _section(read, "hosts").items():
        environment = host.get("environment") if isinstance(host, dict) else None
        if isinstance(environment, str) and environment not in environments:
            read.problem(
                ("hosts", name, "environment"),
                f"there is no environment '{environment}'",
                fix=nearest_fix(environment, environments),
            )
    protected = {read.text("hosts", name, "address") for name in _section(read, "hosts") if _is_protected(read, name)}
    for name in _section(read, "hosts"):
        if read.text("hosts", name, "address") in protected - {""} and not _is_protected(read, name):
            read.problem(
                ("hosts", name, "address"),
                f"host '{name}' has an address of a protected host, so nothing may act on it",
                fix="give it its own address, or the protected environment",
            )


def _is_protected(read: SpecText, host: str) -> bool:
    return read.get("environments", read.text("hosts", host, "environment"), "protected") is True


def _note_environments(read: SpecText) -> None:
    hosts = _section(read, "hosts")
    for name in _section(read, "environments"):
        rules = ("environments", name, "isolation")
        for key in ("must_reach", "must_not_reach"):
            for number, entry in enumerate(read.items(*rules, key)):
                host = entry.split(":")[0] if isinstance(entry, str) else ""
                if ":" in str(entry) and host not in hosts:
                    read.problem((*rules, key, number), f"there is no host '{host}'", fix=nearest_fix(host, hosts))
        witness = read.get(*rules, "witness")
        for seen, by in (witness if isinstance(witness, dict) else {}).items():
            for host in (seen, by):
                if isinstance(host, str) and host not in hosts:
                    read.problem((*rules, "witness", seen), f"there is no host '{host}'", fix=nearest_fix(host, hosts))
            if seen == by:
                read.problem((*rules, "witness", seen), f"'{seen}' cannot be its own witness", fix="name another host")


def _note_services(read: SpecText) -> None:
    hosts, services = _section(read, "hosts"), _section(read, "services")
    keepers = Counter(role for name in hosts for role in read.items("hosts", name, "roles") if isinstance(role, str))
    source = read.get("secrets", "source")
    for name, service in services.items():
        if not isinstance(service, dict):
            continue
        at = ("services", name)
        for path in ((*at, "host"), (*at, "vault"), (*at, "heartbeat", "host")):
            host = read.text(*path)
            if host and host not in hosts:
                read.problem(path, f"there is no host '{host}'", fix=nearest_fix(host, hosts))
        role = KEEPER_ROLES.get(str(service.get("kind")))
        if role and "vault" not in service and keepers[role] != 1 and service.get("object_store") is not True:
            read.problem(
                at,
                f"service '{name}' names no vault, and {keepers[role] or 'no'} hosts have the role '{role}'",
                fix=f"add 'vault: HOST', or give exactly one host roles: [{role}]",
            )
        password = service.get("password")
        if isinstance(password, str) and isinstance(source, str) and not _is_below(password, source):
            read.problem(
                (*at, "password"),
                f"the password is not in the place that secrets come from ({source})",
                fix=f"write {source.rstrip('/')}/NAME and put the password into that file",
            )
        for number, part in enumerate(read.items(*at, "made_of")):
            if isinstance(part, str) and part not in services:
                read.problem((*at, "made_of", number), f"there is no service '{part}'", fix=nearest_fix(part, services))
        if _contains_itself(services, name):
            read.problem((*at, "made_of"), f"service '{name}' is a part of itself", fix="take it out of its own parts")


def _is_below(password: str, source: str) -> bool:
    name = password.removeprefix(source.rstrip("/") + "/")
    return name != password and bool(name) and "/" not in name


def _contains_itself(services: dict[str, Any], name: str) -> bool:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        service = services.get(waiting.pop())
        parts = service.get("made_of") if isinstance(service, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if part == name:
                return True
            if isinstance(part, str) and part not in seen:
                seen.add(part)
                waiting.append(part)
    return False
