"""Addresses are derived, stable, and step over what the machine already reaches."""

from __future__ import annotations

import ipaddress

import pytest

from stormproof.core.errors import SetupFailed
from stormproof.lab.network import Network, choose_network, host_commands, link_commands, machine_routes, router_link


def test_the_same_project_gets_the_same_network_and_another_a_different_one():
    assert choose_network("/home/a", []) == choose_network("/home/a", [])
    assert choose_network("/home/a", []) != choose_network("/home/b", [])


def test_addresses_follow_the_hosts_number():
    addresses = Network("10.77", "fd01:2:3").of(11)
    assert (addresses.ipv4, addresses.ipv6) == ("10.77.11.10", "fd01:2:3:b::10")
    assert (addresses.router_ipv4, addresses.router_ipv6) == ("10.77.11.1", "fd01:2:3:b::1")


def test_prefixes_are_private():
    network = choose_network("/any/where", [])
    assert network.ipv4_network.is_private
    assert ipaddress.ip_address(network.of(1).ipv6) in ipaddress.ip_network("fd00::/8")


@pytest.mark.parametrize("taken", ["{}.0.0/16", "{}.3.0/24", "{}.0.0/15"])
def test_a_network_that_the_machine_routes_to_is_stepped_over(taken: str):
    first = choose_network("/home/a", [])
    route = ipaddress.ip_network(taken.format(first.ipv4_prefix), strict=False)
    assert isinstance(route, ipaddress.IPv4Network)
    assert not choose_network("/home/a", [route]).ipv4_network.overlaps(route)


def test_the_default_route_takes_no_network():
    assert choose_network("/home/a", [ipaddress.IPv4Network("0.0.0.0/0")]) == choose_network("/home/a", [])


def test_a_machine_that_routes_everything_says_so():
    with pytest.raises(SetupFailed) as caught:
        choose_network("/home/a", [ipaddress.IPv4Network("10.0.0.0/8")])
    assert str(caught.value) == (
        "error SP601: this machine has routes to every network that the lab could use (10.16.0.0/16 to 10.250.0.0/16)\n"
        "  where: /proc/net/route\n"
        "  fix:   make the route to 10.0.0.0/8 narrower, or run the lab on another machine"
    )


def test_the_kernels_table_is_read():
    table = (
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    )
    assert [str(route) for route in machine_routes(lambda: table)] == ["0.0.0.0/0", "192.0.2.0/24"]


def test_an_interfaces_name_fits_into_the_kernels_fifteen_characters():
    assert len(router_link("a-very-long-host-name")) == 15


def test_a_kernel_without_ipv6_is_asked_for_none():
    addresses = Network("10.77", "fd01:2:3").of(1)
    commands = link_commands("vault", addresses, 4711, ipv6=False) + host_commands(addresses, ipv6=False)
    assert not any(":" in command for command in commands)
