"""Links, addresses and rules, put in place from inside the lab's own namespaces: the machine's network has no part in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from stormproof.core.errors import HostUnreachable, SetupFailed
from stormproof.lab.firewall import Flow, ruleset
from stormproof.lab.lab_state import LabState
from stormproof.lab.namespaces import door, finish, in_network
from stormproof.lab.network import host_commands, link_commands, router_link
from stormproof.lab.topology import ROUTER, HostSpec


def write_rules(state: LabState, flows: Sequence[Flow]) -> None:
    """Replace the router's whole rule set in one step."""
    router_tool(state, ["nft", "-f", "-"], ruleset(list(state.numbers), flows))


def connect_hosts(specs: Sequence[HostSpec], state: LabState) -> None:
    """Give each host its link and its addresses. The rules must stand already: no packet passes before them."""
    links = [
        command
        for spec in specs
        for command in link_commands(
            spec.name, state.addresses(spec.name), state.processes[spec.name].pid, ipv6=state.ipv6
        )
    ]
    router_tool(state, ["ip", "-batch", "-"], "\n".join(links) + "\n")
    with ExitStack() as stack:
        tools = []
        for spec in specs:
            try:
                at = stack.enter_context(door(state.processes[spec.name]))
            except ProcessLookupError as error:
                raise SetupFailed(
                    f"host '{spec.name}' ended while it came up",
                    where="the lab's hosts",
                    fix="bring the lab up again",
                    code="SP606",
                ) from error
            commands = host_commands(state.addresses(spec.name), ipv6=state.ipv6)
            tools.append(in_network(at, at.enter_files(), ["ip", "-batch", "-"], "\n".join(commands) + "\n"))
        for tool in tools:
            finish(tool, doing="giving a host its addresses")


def set_link(state: LabState, host: str, word: str, *, forgive: bool = False) -> None:
    """`up`, `down` or `del` (then with `forgive`, as it may be gone with its host)."""
    link = router_link(host)
    command = f"link del {link}\n" if word == "del" else f"link set {link} {word}\n"
    try:
        router_tool(state, ["ip", "-batch", "-"], command)
    except (SetupFailed, HostUnreachable):
        if not forgive:
            raise


def router_tool(state: LabState, command: list[str], text: str) -> None:
    """Run ip or nft in the router, with `text` on its standard input.

    Raises:
        HostUnreachable: the router is gone.
        SetupFailed: the tool's own words.
    """
    try:
        with door(state.processes[ROUTER]) as at:
            finish(in_network(at, at.enter_files(), command, text), doing=f"{command[0]} in the router")
    except ProcessLookupError as error:
        raise router_gone(state) from error


def router_gone(state: LabState) -> HostUnreachable:
    where = f"pid {state.processes[ROUTER].pid}"
    return HostUnreachable("the lab's router is gone", where=where, fix="stormproof lab up", code="SP607")
