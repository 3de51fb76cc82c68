"""Machines that no lab knows: namespaces, a router, sshd, made here with util-linux, iproute2 and nft alone.

Each machine has its own network, processes, host name and root file system in memory; it lives as long as its first
process, which dies with the test process. An ordinary user makes them in a user namespace, in which the machines' one
user is that user.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

USER = "postgres"
HOME = "/var/lib/postgresql"
INTERNET = "203.0.113.10"  # TEST-NET-3 (RFC 5737): it exists in the site's router only
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
READY_SECONDS_MAX = 60.0

# One machine's root, built from nothing in memory. Of the real machine it sees /usr and what programs need to start.
BUILD = r"""
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$SITE_ROOT"
cd "$SITE_ROOT"
[ -z "$SITE_DISK" ] || { mkdir -p var/lib/disk "$SITE_DISK"; mount --bind "$SITE_DISK" var/lib/disk; }
mkdir -p usr etc/ssh etc/pgbackrest dev proc run/postgresql tmp root old srv "var/lib/stormproof" "./$SITE_HOME/.ssh" var/log var/tmp
mount --rbind /usr usr
for name in bin sbin lib lib32 lib64 libx32; do [ ! -L "/$name" ] || cp -P "/$name" .; done
for name in alternatives ld.so.cache perl services protocols; do
    [ -e "/etc/$name" ] || continue
    if [ -d "/etc/$name" ]; then mkdir "etc/$name"; else : >"etc/$name"; fi
    mount --bind "/etc/$name" "etc/$name"
done
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do : >"dev/$name"; mount --bind "/dev/$name" "dev/$name"; done
ln -s /proc/self/fd dev/fd
mkdir -m 1777 dev/shm
ln -s /run var/run
chmod 1777 tmp var/tmp
printf 'root:x:0:0::/root:/bin/bash\n%s:x:%s:%s::%s:/bin/bash\n' "$SITE_USER" "$SITE_UID" "$SITE_GID" "$SITE_HOME" >etc/passwd
printf 'root:x:0:\n%s:x:%s:\n' "$SITE_USER" "$SITE_GID" >etc/group
printf '%s:*:19000::::::\n' "$SITE_USER" >etc/shadow
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n' >etc/nsswitch.conf
printf '127.0.0.1 localhost\n' >etc/hosts
mount -t proc proc proc
pivot_root . old
umount -l /old
rmdir /old
hostname "$SITE_NAME"
ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
chown -R "$SITE_OWNER" /etc/ssh /etc/pgbackrest /etc/hosts /run /srv /var/log /var/lib "$SITE_HOME"
chmod 700 "$SITE_HOME/.ssh"
"""
STAY = "cd /; echo ready; exec >/dev/null 2>&1 </dev/null; while :; do sleep infinity & wait $!; done"

SSHD_CONFIG = f"""\
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
LogLevel VERBOSE
UsePAM no
AuthenticationMethods publickey
AllowUsers {USER}
UseDNS no
MaxStartups 64
MaxSessions 64
AcceptEnv PGBACKREST_*
Subsystem sftp internal-sftp
"""
SSH_CONFIG = (
    "Host *\n    BatchMode yes\n    StrictHostKeyChecking yes\n    SendEnv PGBACKREST_*\n    ConnectTimeout 5\n"
)


@dataclass
class Machine:
    """One machine. `number` is the third octet of its network: it is .10 there and the router .1."""

    name: str
    number: int
    pid: int
    site: Site

    @property
    def address(self) -> str:
        return f"10.77.{self.number}.10"

    def run(
        self,
        script: str,
        *,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        check: bool = True,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Run bash on it as its user, not over SSH: the hand of whoever builds the site."""
        inside = ["nsenter", "-t", str(self.pid), "-m", "-n", "-p", "-u", "-i"]
        done = subprocess.run(
            [*self.site.enter, *inside, *self.site.become, "bash", "-c", f"cd; {script}"],
            env={"PATH": PATH, "HOME": HOME, "USER": USER, "LANG": "C.UTF-8", **(env or {})},
            input=stdin, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{self.name}: {script}\n{done.stdout}\n{done.stderr}"
        return done

    def says(self, script: str, **options: str) -> str:
        return self.run(script, stdin=options.get("stdin", "")).stdout.strip()

    def put(self, path: str, text: str, mode: str = "600") -> None:
        self.run(f"cat >{path} && chmod {mode} {path}", stdin=text)

    def spawn(self, script: str) -> None:
        """Leave something running there; it ends with the machine."""
        self.run(f"setsid bash -c {quoted(script)} </dev/null >>/var/log/spawned.log 2>&1 &")

    def hang_up(self) -> None:
        """End its sshd; the machine goes on."""
        self.run(
            "[ -e /run/sshd.pid ] || exit 0; kill $(cat /run/sshd.pid); rm -f /run/sshd.pid; "
            "while (exec 5<>/dev/tcp/127.0.0.1/22) 2>/dev/null; do sleep 0.01; done"
        )

    def show_host_key(self, private: Path) -> None:
        """Let its sshd show this key, from now on."""
        self.hang_up()
        self.put("/etc/ssh/ssh_host_ed25519_key", private.read_text())
        wait_for(lambda: self.run("/usr/sbin/sshd -E /var/log/sshd.log", check=False).returncode == 0)
        self.run("for _ in {1..500}; do (exec 5<>/dev/tcp/127.0.0.1/22) 2>/dev/null && exit; sleep 0.01; done; exit 1")


@dataclass
class Site:
    """A router, a control side and machines. `folder` holds key pairs and the mount points of roots.

    Machines named in `with_disk` have /var/lib/disk on this machine's disk, for what memory should not hold.
    """

    folder: Path
    names: Sequence[str]
    with_disk: Sequence[str] = ()
    machines: dict[str, Machine] = field(default_factory=dict)
    _firsts: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _pids: dict[str, int] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        return os.geteuid() == 0

    @property
    def ids(self) -> tuple[int, int]:
        entry = pwd.getpwnam(USER) if self.is_root else pwd.getpwuid(os.geteuid())
        return (entry.pw_uid, entry.pw_gid) if self.is_root else (101, 104)

    @property
    def enter(self) -> list[str]:
        """Command prefix: the user namespace that owns the site's other namespaces."""
        return [] if self.is_root else ["nsenter", "-t", str(self._pids["router"]), "-U", "--preserve-credentials"]

    @property
    def become(self) -> list[str]:
        """Command prefix on a machine: its one user."""
        if not self.is_root:
            return ["nsenter", "--user=/proc/1/ns/user", "--preserve-credentials"]
        uid, gid = self.ids
        return ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--inh-caps=-all"]

    @property
    def control(self) -> list[str]:
        """Command prefix: the control side's network, this machine's files."""
        return [*self.enter, "nsenter", "-t", str(self._pids["control"]), "-n"]

    @property
    def firsts(self) -> list[int]:
        """The number of each machine's first process, the router's and the control side's too."""
        return list(self._pids.values())

    def up(self) -> None:
        self._start("router", "ip link set lo up; " + STAY, [] if self.is_root else ["--user", "--map-root-user"])
        self._start("control", "ip link set lo up; " + STAY)
        uid, gid = self.ids
        become = f"setpriv --reuid={uid} --regid={gid} --clear-groups --inh-caps=-all"
        if not self.is_root:
            become = f"unshare --user --map-user={uid} --map-group={gid}"
        for number, name in enumerate(self.names, 2):
            (self.folder / "roots" / name).mkdir(parents=True)
            env = {
                "SITE_NAME": name, "SITE_ROOT": str(self.folder / "roots" / name), "SITE_USER": USER, "SITE_HOME": HOME,
                "SITE_DISK": str(self.folder / f"disk-{name}") if name in self.with_disk else "",
                "SITE_UID": str(uid), "SITE_GID": str(gid), "SITE_OWNER": f"{uid}:{gid}" if self.is_root else "0:0",
            }  # fmt: skip
            pid = self._start(name, f"{BUILD}\nexec {become} setpriv --pdeathsig=KILL bash -c {quoted(STAY)}", env=env)
            self.machines[name] = Machine(name, number, pid, self)
        self._wire()
        for machine in self.machines.values():
            machine.put("/etc/ssh/sshd_config", SSHD_CONFIG)
            machine.put("/etc/ssh/ssh_config", SSH_CONFIG, "644")
            machine.show_host_key(self.key(f"host-{machine.name}"))

    def close(self) -> None:
        """Kill each first process: with it go its machine's processes, mounts, links and rules."""
        for pid in self.firsts:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for first in self._firsts.values():
            first.kill()  # one that never told its child's number takes it along
            first.wait(timeout=60)
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in self.firsts))

    def router(self, *command: str, stdin: str = "") -> str:
        return self._in_network("router", *command, stdin=stdin)

    def key(self, name: str) -> Path:
        """The private half of a key pair, made when first asked for."""
        path = self.folder / "keys" / name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
        return path

    def public(self, name: str) -> str:
        return " ".join(self.key(name).with_name(f"{name}.pub").read_text().split()[:2])

    def allow(self, flows: Iterable[tuple[str, str, str]]) -> None:
        """The router's rules: new connections (source, target, TCP ports) and nothing else, each refusal at once."""
        rules = [
            f'iifname "to-{source}" oifname "to-{target}" tcp dport {{ {ports} }} ct state new accept'
            for source, target, ports in flows
        ]
        self.router("nft", "-f", "-", stdin=_RULES.replace("RULES", "\n".join(rules)))

    def allow_also(self, source: str, target: str, port: int) -> str:
        """Somebody's mistake: a rule before all others. Answers its handle, for `nft delete rule`."""
        rule = f'iifname "to-{source}" oifname "to-{target}" tcp dport {port} accept'
        self.router("nft", "insert", "rule", "inet", "site", "between", rule)
        listed = self.router("nft", "-a", "list", "chain", "inet", "site", "between")
        return next(line.rpartition(" ")[2] for line in listed.splitlines() if rule in line)

    def take_back(self, handle: str) -> None:
        self.router("nft", "delete", "rule", "inet", "site", "between", "handle", handle)

    def as_builder(self, name: str, script: str) -> None:
        """What only the one who builds a machine may do there: mounts."""
        inside = ["nsenter", "-t", str(self._pids[name]), "-m"]
        subprocess.run([*self.enter, *inside, "bash", "-c", script], env={"PATH": PATH}, check=True)

    def leave_running(self, name: str, script: str) -> None:
        """A program in the router's network; it ends with the router."""
        inside = ["nsenter", "-t", str(self._pids[name]), "-n", "-p", "-m"]
        subprocess.run(
            [*self.enter, *inside, "bash", "-c", f"setsid bash -c {quoted(script)} </dev/null >/dev/null 2>&1 &"],
            env={"PATH": PATH}, check=True,
        )  # fmt: skip

    def _start(self, name: str, script: str, more: Sequence[str] = (), *, env: Mapping[str, str] | None = None) -> int:
        plain = name in ("router", "control")
        enter = self.enter if self._pids else []
        command = ["unshare", *more, "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
        first = subprocess.Popen(
            [*enter, "setpriv", "--pdeathsig=KILL", *command, *(["--mount-proc"] if plain else []), "bash", "-c", script],
            env={"PATH": PATH, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self._firsts[name] = first
        assert first.stdout is not None
        assert first.stderr is not None
        assert first.stdout.readline() == "ready\n", f"{name}: {first.stderr.read()}"
        children = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
        self._pids[name] = int(children[0])
        return self._pids[name]

    def _wire(self) -> None:
        ends = {"control": 1, **{name: machine.number for name, machine in self.machines.items()}}
        links = [f"addr add {INTERNET}/32 dev lo"]
        for name, number in ends.items():
            links += [
                f"link add to-{name} type veth peer name lan0 netns {self._pids[name]}",
                f"addr add 10.77.{number}.1/24 dev to-{name}",
                f"link set to-{name} up",
            ]
        self.router("ip", "-batch", "-", stdin="\n".join(links) + "\n")
        for name, number in ends.items():
            own = [
                f"addr add 10.77.{number}.10/24 dev lan0",
                "link set lan0 up",
                f"route add default via 10.77.{number}.1",
            ]
            self._in_network(name, "ip", "-batch", "-", stdin="\n".join(own) + "\n")
        self.router("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/icmp_ratelimit")

    def _in_network(self, name: str, *command: str, stdin: str = "") -> str:
        inside = ["nsenter", "-t", str(self._pids[name]), "-n", *(["-m"] if name == "router" else [])]
        done = subprocess.run(
            [*self.enter, *inside, *command],
            env={"PATH": PATH},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {command}\n{stdin}\n{done.stderr}"
        return done.stdout


_RULES = f"""
table inet site
delete table inet site
table inet site {{
  chain between {{
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
RULES
    reject with icmpx admin-prohibited
  }}
  chain to_internet {{
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    iifname "to-web" ip daddr {INTERNET} tcp dport 443 accept
    reject with icmpx admin-prohibited
  }}
}}
"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def wait_for(is_so: object, seconds: float = READY_SECONDS_MAX) -> None:
    """Ask until the answer is true. Fails after a bounded wait."""
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {seconds:g} s"
        time.sleep(0.02)
