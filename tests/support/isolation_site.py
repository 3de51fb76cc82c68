"""Where a way out of an isolated environment is planted: the small world of listeners, or a whole lab of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stormproof.lab.foundation import Foundation
from stormproof.lab.lab_host import LabHost
from stormproof.lab.network import router_link

HOME = "/var/lib/postgresql"


def link(name: str) -> str:
    """The router's end of a host's link, as nftables wants it written."""
    return f'"{router_link(name)}"'


@dataclass
class Site:
    """Hosts to plant on, and what takes it all away again, newest first."""

    foundation: Foundation
    vault_options: Mapping[str, str] = field(default_factory=dict)  # identity -> what else stands before its key there
    undo: list[Callable[[], Any]] = field(default_factory=list)

    def host(self, name: str) -> LabHost:
        return self.foundation.host(name)

    def address(self, name: str, family: int = 4) -> str:
        both = self.foundation.addresses(name)
        return both.ipv4 if family == 4 else both.ipv6

    def router(self, rule: str) -> None:
        """Put one nftables rule before all others of the router."""
        at = self.host("router")
        chain = "inet lab between_hosts"
        answer = at.check(f"nft -e -a insert rule {chain} {rule}", as_user="root")
        handle = answer.rpartition("handle ")[2].split()[0]
        self.undo.append(lambda: at.check(f"nft delete rule {chain} handle {handle}", as_user="root"))

    def on_recovery(self, do: str, undo: str, *, as_user: str = "postgres") -> None:
        at = self.host("recovery-1")
        at.check(do, as_user=as_user)
        self.undo.append(lambda: at.check(undo, as_user=as_user))

    def key(self, identity: str, path: str) -> None:
        """Put a private key of the lab on the recovery host."""
        self.foundation.write("recovery-1", path, self.foundation.keys.private(identity), mode=0o600)
        self.undo.append(lambda: self.host("recovery-1").check(f"rm -f {path}"))

    def authorize_vault(self, options: Mapping[str, str]) -> None:
        self.foundation.authorize("vault", {**self.vault_options, **options})
        self.undo.append(lambda: self.foundation.authorize("vault", self.vault_options))

    def take_away(self) -> None:
        while self.undo:
            self.undo.pop()()
