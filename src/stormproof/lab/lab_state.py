"""What the lab was brought up as (state.json, hosts.json), to and from plain data. A process listed may have died since."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stormproof.lab.kept_file import expect, is_named_texts, is_number, is_texts
from stormproof.lab.level import Level
from stormproof.lab.network import Addresses, Network
from stormproof.lab.processes import Process
from stormproof.lab.topology import ROUTER, HostSpec

SCHEMA = "stormproof.lab-state/v1"
PID_MAX = 2**22  # of the kernel (proc(5), pid_max)
TICKS_MAX = 2**63 - 1
_IPV4_PREFIX = re.compile(r"10\.[0-9]{1,3}")
_IPV6_PREFIX = re.compile(r"fd[0-9a-f]{2}(:[0-9a-f]{1,4}){2}")


@dataclass(frozen=True, slots=True)
class LabState:
    """What was brought up. A process listed here may have died since: `Process.is_alive` says."""

    level: Level
    network: Network
    ipv6: bool
    numbers: dict[str, int]
    processes: dict[str, Process]

    def addresses(self, name: str) -> Addresses:
        return self.network.of(self.numbers[name])

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "level": self.level.value,
            "boot_id": boot_id(),
            "ipv4_prefix": self.network.ipv4_prefix,
            "ipv6_prefix": self.network.ipv6_prefix,
            "ipv6": self.ipv6,
            "hosts": {
                name: {
                    "pid": process.pid,
                    "started": process.started,
                    "number": self.numbers.get(name),
                    "ipv4": self.addresses(name).ipv4 if name in self.numbers else None,
                    "ipv6": self.addresses(name).ipv6 if name in self.numbers else None,
                }
                for name, process in self.processes.items()
            },
        }


def boot_id() -> str:
    """Changes at every start of the machine: process numbers of an earlier one mean nothing."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def state_of(document: Any) -> LabState | None:
    """The state as it was written; None when the machine was started anew since. Raises Damaged."""
    expect(isinstance(document, dict) and document.get("schema") == SCHEMA, f"it is no {SCHEMA}")
    here, hosts = document.get("boot_id"), document.get("hosts")
    expect(isinstance(here, str) and here != "", "it names no start of the machine")
    level, four, six = (document.get(key) for key in ("level", "ipv4_prefix", "ipv6_prefix"))
    expect(level in (Level.ROOT.value, Level.USER.value), "its level is none")
    expect(isinstance(four, str) and _IPV4_PREFIX.fullmatch(four) is not None, "its IPv4 prefix is none")
    expect(isinstance(six, str) and _IPV6_PREFIX.fullmatch(six) is not None, "its IPv6 prefix is none")
    expect(isinstance(document.get("ipv6"), bool), "it does not say whether there is IPv6")
    expect(isinstance(hosts, dict) and all(_is_host(*one) for one in hosts.items()), "its hosts are none")
    if here != boot_id():
        return None
    return LabState(
        level=Level(level),
        network=Network(four, six),
        ipv6=document["ipv6"],
        numbers={name: host["number"] for name, host in hosts.items() if host["number"] is not None},
        processes={name: Process(host["pid"], host["started"]) for name, host in hosts.items()},
    )


def specs_document(specs: Iterable[HostSpec]) -> dict[str, Any]:
    return {
        "hosts": [
            {
                **asdict(spec),
                "read_only_paths": [str(path) for path in spec.read_only_paths],
                "memory_dirs": list(spec.memory_dirs),
            }
            for spec in specs
        ]
    }


def specs_of(document: Any) -> list[HostSpec]:
    """What each host was made of. Raises Damaged."""
    entries: Any = document.get("hosts") if isinstance(document, dict) else document  # a list: an earlier version's
    expect(isinstance(entries, list) and all(_is_spec(entry) for entry in entries), "its hosts are none")
    return [
        HostSpec(
            **{
                **entry,
                "read_only_paths": tuple(Path(path) for path in entry["read_only_paths"]),
                "memory_dirs": tuple(entry["memory_dirs"]),
            }
        )
        for entry in entries
    ]


def _is_host(name: str, host: Any) -> bool:
    if not isinstance(host, dict):
        return False
    number = host.get("number")
    return (
        is_number(host.get("pid"), 1, PID_MAX)
        and is_number(host.get("started"), 0, TICKS_MAX)
        and (number is None if name == ROUTER else is_number(number, 1, 250))
    )


def _is_spec(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.keys() == HostSpec.__dataclass_fields__.keys()
        and isinstance(entry["name"], str)
        and is_number(entry["number"], 0, 250)
        and is_texts(entry["read_only_paths"])
        and is_texts(entry["memory_dirs"])
        and is_named_texts(entry["etc"])
        and is_named_texts(entry["read_only_views"])
    )
