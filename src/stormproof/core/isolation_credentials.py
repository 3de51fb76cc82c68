"""Credentials, keys, agents, known hosts, ssh configuration and proxies on an isolated host. Pure rules."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable

from stormproof.core.isolation_fact import Rule, Told, failed, noted, ones, passed, rows, unknown
from stormproof.core.isolation_looks import HostLooks
from stormproof.core.isolation_scope import Isolated, Scope


def fingerprint(blob_base64: str) -> str:
    """SHA256:… of a public key, as ssh-keygen prints it; empty when the text is not base64."""
    try:
        raw = base64.b64decode(blob_base64, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return "SHA256:" + base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=") if raw else ""


def _credentials(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    """Only the hosts that a file names were read, never a password."""
    theirs = []
    for kind, file, named in rows(looks.records, "names-host", 3):
        for one in named.split(","):
            if one == "*" and kind == ".pgpass":
                theirs.append(f"{file} holds for every host, production's too")
            elif whose := scope.protected_host_of(one):
                theirs.append(f"{kind} {file} names {whose}" if kind != "variable" else f"{file} names {whose}")
    if theirs:
        return failed("; ".join(dict.fromkeys(theirs)), fix="delete it from this host")
    hidden = [
        f"{file} ({why})" for file, why in rows(looks.records, "unreadable", 2) if "pass" in file or "service" in file
    ]
    if hidden:
        return unknown(f"not readable by this user, so not usable by it either: {', '.join(hidden)}", decides=False)
    return passed("none names production")


def _keys(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    found = [(path, fingerprint(blob)) for path, _, blob in rows(looks.records, "key", 3)]
    return _judge_keys(scope, looks, found, "no private key")


def _agents(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    agents = [record for record in looks.records.get("agent", ()) if record]
    found = [(f"agent {socket}", fingerprint(blob)) for socket, *blobs in agents for blob in blobs]
    nothing = "no agent" if not agents else "an agent without keys"
    return _judge_keys(scope, looks, found, nothing)


def _judge_keys(scope: Scope, looks: HostLooks, found: list[tuple[str, str]], nothing: str) -> Told:
    """A key is bad when it is one that the inventory opens production with, or when production says it would take it.

    Good when at least one host of every protected environment was asked and refused it; else nobody knows. Not
    knowing does not decide: the way to production's SSH servers is probed anyway, directly and through others.
    """
    opening, unsure, good = [], [], []
    for place, print_ in found:
        answers = [a for a in looks.answers if a.fingerprint == print_]
        takers = sorted({a.host for a in answers if a.accepted})
        if whose := scope.protected_keys.get(print_):
            opening.append(f"{place} ({print_}) is the key that the inventory opens {whose} with")
        elif takers:
            opening.append(f"{place} ({print_}) opens {', '.join(takers)}")
        elif print_ and all(
            any(a.group == group and a.accepted is False for a in answers) for group in scope.protected
        ):
            good.append(place)
        else:
            why = next((a.how for a in answers if a.accepted is None), "no witness could ask")
            unsure.append(f"{place} ({why if print_ else 'its public half cannot be read'})")
    if opening:
        return failed("; ".join(opening), fix="delete this key from the host, and take its public half off production")
    if unsure:
        return unknown(
            f"whether production takes {', '.join(unsure)}",
            decides=False,
            fix="let the witness reach production's SSH port, so that it can ask; give .pub files beside private keys",
        )
    return passed(f"production refuses {', '.join(good)}" if good else nothing)


def _cloud(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    found = ones(looks.records, "cloud")
    if found:
        fix = "give this host credentials of an account that cannot touch production, or none"
        return unknown(f"what {', '.join(found)} opens cannot be seen from here", decides=False, fix=fix)
    return passed("none")


def _known_hosts(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    """A trace, not a way: a shared /etc/ssh/ssh_known_hosts is good practice, the user's own file means that it was there."""
    own: set[str] = set()
    shared: set[str] = set()
    for file, field in rows(looks.records, "known", 2):
        for name in _known(scope, field):
            (shared if file.startswith("/etc/") else own).add(name)
    if own:
        fix = "find out who went from this host to production, and when"
        return noted(f"the user's own list names {', '.join(sorted(own))}", fix=fix)
    return passed(f"the machine's list names {', '.join(sorted(shared))}" if shared else "none of production's")


def _known(scope: Scope, field: str) -> Iterable[str]:
    if field.startswith("|1|"):
        try:
            salt, digest = (base64.b64decode(part) for part in field.split("|")[2:])
        except (binascii.Error, ValueError):
            return
        for text, name in (*scope.protected_names.items(), *scope.protected_addresses.items()):
            for form in (text, *(f"[{text}]:{port}" for port in scope.ssh_ports if port != 22)):
                if hmac.compare_digest(hmac.digest(salt, form.encode(), "sha1"), digest):
                    yield name
        return
    for one in field.split(","):
        if whose := scope.protected_host_of(one):
            yield whose


def _ssh_config(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    theirs = []
    for place, keyword, value in rows(looks.records, "ssh-config", 3):
        for word in value.replace(",", " ").split():
            bare = word.rpartition("@")[2]
            whose = scope.protected_host_of(bare)
            if whose is None and keyword == "host" and bare.strip("*?.-!"):  # `Host *` means nobody in particular
                whose = next((n for t, n in scope.protected_names.items() if fnmatch.fnmatch(t, bare.lower())), None)
            if whose:
                theirs.append(f"{place} ({keyword} {word}) names {whose}")
    if theirs:
        return failed("; ".join(dict.fromkeys(theirs)), fix="take this out of the ssh configuration of this host")
    return passed("nothing names production")


def _proxies(scope: Scope, host: Isolated, looks: HostLooks) -> Told:
    found = [f"{place} = {value}" for place, value in rows(looks.records, "proxy", 2)]
    if found:
        return failed(
            "; ".join(dict.fromkeys(found)), fix="take the proxy away: what it reaches, a restored program reaches"
        )
    return passed("none")


CREDENTIAL_RULES = (
    Rule("credentials", "credentials", "SP318", True, _credentials),
    Rule("keys", "keys", "SP319", True, _keys),
    Rule("agents", "agents", "SP320", True, _agents),
    Rule("known hosts", "known_hosts", "SP321", False, _known_hosts),
    Rule("ssh configuration", "ssh_config", "SP322", False, _ssh_config),
    Rule("proxies", "proxies", "SP323", True, _proxies),
    Rule("cloud credentials", "credentials", "SP324", False, _cloud),
)
