"""What makes an environment not isolated, one means at a time: the planters of tests/tables/isolation_faults.py."""

from __future__ import annotations

from isolation_site import HOME, Site, link

from tables.planting import plants


@plants("nftables-rule")
def plant_firewall_rule(site: Site) -> None:
    site.router(f"iifname {link('recovery-1')} oifname {link('app-primary')} tcp dport 5432 accept")


@plants("udp-rule-over-ipv6")
def plant_udp_rule(site: Site) -> None:
    site.router(f"iifname {link('recovery-1')} oifname {link('outside')} meta nfproto ipv6 udp dport 53 accept")


@plants("reachable-production-port")
def plant_reachable_port(site: Site) -> None:
    """A port that nobody declared: production's SSH, reachable over IPv6 only."""
    site.router(f"iifname {link('recovery-1')} oifname {link('app-web')} meta nfproto ipv6 tcp dport 22 accept")


@plants("route-to-production")
def plant_route(site: Site) -> None:
    via, to = site.foundation.addresses("recovery-1").router_ipv4, site.address("app-primary")
    site.on_recovery(f"ip route add {to}/32 via {via}", f"ip route del {to}/32", as_user="root")


@plants("extra-interface")
def plant_interface(site: Site) -> None:
    site.on_recovery(
        "ip link add sneak0 type veth peer name sneak1 && ip addr add 172.29.7.2/24 dev sneak0 && ip link set sneak1 up && ip link set sneak0 up",
        "ip link del sneak0",
        as_user="root",
    )


@plants("address-of-production")
def plant_address(site: Site) -> None:
    address = site.address("app-primary")
    site.on_recovery(f"ip addr add {address}/32 dev lan0", f"ip addr del {address}/32 dev lan0", as_user="root")


@plants("proxy-variable")
def plant_proxy_in_profile(site: Site) -> None:
    site.on_recovery(
        f"echo 'export https_proxy=http://me:hidden@10.0.0.9:3128' >>{HOME}/.profile", f"rm {HOME}/.profile"
    )


@plants("ssh-key-opens-production")
def plant_key(site: Site) -> None:
    """A private key that production's own list of keys lets in, under an innocent name."""
    site.key("vault-to-app-primary", f"{HOME}/.ssh/old")


@plants("ssh-agent-opens-production")
def plant_agent(site: Site) -> None:
    site.key("app-web-to-app-primary", f"{HOME}/agent-key")
    site.on_recovery(
        f"ssh-agent -a {HOME}/.ssh/agent.sock >{HOME}/agent-env </dev/null 2>/dev/null; . {HOME}/agent-env >/dev/null; ssh-add -q {HOME}/agent-key; rm {HOME}/agent-key",
        f". {HOME}/agent-env >/dev/null; kill $SSH_AGENT_PID; rm -f {HOME}/agent-env {HOME}/.ssh/agent.sock",
    )


@plants("pgpass-names-production")
def plant_pgpass(site: Site) -> None:
    site.on_recovery(
        f"umask 077; echo 'app-primary:5432:shop:shop_app:very-secret' >{HOME}/.pgpass", f"rm {HOME}/.pgpass"
    )


@plants("service-file-names-production")
def plant_service_file(site: Site) -> None:
    site.on_recovery(
        f"printf '[shop]\\nhost=%s\\npassword=very-secret\\n' {site.address('app-primary', 6)} >{HOME}/.pg_service.conf",
        f"rm {HOME}/.pg_service.conf",
    )


@plants("hosts-file-names-production")
def plant_name(site: Site) -> None:
    """/etc is read-only on a host: lay a copy over it that names production, as a name server would."""
    site.on_recovery(
        f"cp /etc/hosts /run/hosts && echo '{site.address('app-primary')} app-primary' >>/run/hosts && mount --bind /run/hosts /etc/hosts",
        "umount /etc/hosts && rm /run/hosts",
        as_user="root",
    )


@plants("dns-answers-production")
def plant_dns(site: Site) -> None:
    """A name server on the recovery host itself that answers every question with production's address."""
    script = DNS_SERVER.replace("ADDRESS", site.address("app-primary"))
    at = site.host("recovery-1")
    pid = at.spawn(f"exec perl - <<'END'\n{script}\nEND", "/var/log/dns.log")
    site.undo.append(lambda: at.check(f"kill -- -{pid}"))
    at.check("for _ in {1..1500}; do grep -qi ':0035 ' /proc/net/udp && exit 0; sleep 0.01; done; exit 1")
    site.on_recovery(
        "echo 'nameserver 127.0.0.1' >/run/resolv && mount --bind /run/resolv /etc/resolv.conf &&"
        " echo 'hosts: files dns' >/run/nsswitch && mount --bind /run/nsswitch /etc/nsswitch.conf",
        "umount /etc/resolv.conf /etc/nsswitch.conf; rm /run/resolv /run/nsswitch",
        as_user="root",
    )


@plants("open-socket-with-production")
def plant_open_socket(site: Site) -> None:
    """A connection that was made while it was allowed lives on behind `ct state established`."""
    plant_firewall_rule(site)
    close_again = site.undo.pop()
    at = site.host("recovery-1")
    # Who answers may greet and hang up; the connection stands half closed until this side ends it too.
    pid = at.spawn(
        f"exec 7<>/dev/tcp/{site.address('app-primary')}/5432; echo open; exec sleep 60", "/var/log/socket.log"
    )
    site.undo.append(lambda: at.check(f"kill -- -{pid}"))
    at.check("for _ in {1..1500}; do grep -q open /var/log/socket.log && exit 0; sleep 0.01; done; exit 1")
    site.undo.append(lambda: at.check(": >/var/log/socket.log"))
    close_again()


@plants("ssh-configuration-names-production")
def plant_ssh_config(site: Site) -> None:
    site.on_recovery(
        f"cp {HOME}/.ssh/config /tmp/config; printf 'Host db\\n HostName app-primary\\n' >>{HOME}/.ssh/config",
        f"mv /tmp/config {HOME}/.ssh/config",
    )


@plants("forwarding-through-the-vault")
def plant_forwarding(site: Site) -> None:
    site.authorize_vault({"vault-pgbackrest": 'command="/bin/false"'})


@plants("shell-at-the-vault")
def plant_shell(site: Site) -> None:
    site.authorize_vault({"vault-pgbackrest": "restrict"})


@plants("writing-at-the-vault")
def plant_writing(site: Site) -> None:
    site.authorize_vault({"vault-files": 'restrict,command="internal-sftp"'})


@plants("no-witness-connects")
def plant_silent_production(site: Site) -> None:
    """Production answers nobody, not even the vault: a blocked probe then proves nothing."""
    site.router(
        f"iifname {link('vault')} oifname {{ {link('app-primary')}, {link('app-web')} }} ct state new reject with icmpx admin-prohibited"
    )


@plants("everything-is-cut-off")
def plant_cut_control(site: Site) -> None:
    """A recovery host that reaches nothing at all: its blocked probes say nothing about isolation."""
    site.router(f"iifname {link('recovery-1')} ct state new reject with icmpx admin-prohibited")


DNS_SERVER = r"""
use Socket;
socket(my $s, AF_INET, SOCK_DGRAM, 0); bind($s, pack_sockaddr_in(53, inet_aton('127.0.0.1'))) or die;
while (my $from = recv($s, my $q, 512, 0)) {
    my $end = index($q, "\0", 12) + 5;
    my $a = unpack('n', substr($q, $end - 4, 2)) == 1;
    my $reply = substr($q, 0, 2) . pack('n5', 0x8180, 1, $a ? 1 : 0, 0, 0) . substr($q, 12, $end - 12);
    $reply .= pack('nnnNn', 0xC00C, 1, 1, 60, 4) . inet_aton('ADDRESS') if $a;
    send($s, $reply, 0, $from);
}
"""
