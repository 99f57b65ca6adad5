"""Know which targets the operator allows beside those of the public internet.

Without it nothing inside can be reached, and a back end in the same cluster could not be told that its user
signed out. It belongs to the operator: no setting of an environment adds to it.
"""

import ipaddress
import re
from collections.abc import Sequence

from claimsmith.domain.network_addresses import Address, Network, is_public

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")


class BadAllowList(ValueError):
    """Say which entry is neither a network nor a host."""


class AllowList:
    """Hold networks (`10.0.0.0/8`), addresses and host names that may be reached.

    What is listed may be reached on any port, and without TLS. Of anything else, only the public internet
    may be reached, with TLS alone.
    """

    def __init__(self, entries: Sequence[str] = ()) -> None:
        """Read the entries. Raises `BadAllowList`."""
        self._networks: list[Network] = []
        self._hosts: set[str] = set()
        for entry in entries:
            self._add(entry.strip())

    def _add(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry))
        except ValueError:
            labels = entry.lower().split(".")
            if not _HOST.fullmatch(entry.lower()) or labels[-1].isdigit():
                raise BadAllowList(
                    f"outbound_allow holds {entry!r}; list networks such as 10.0.0.0/8 (no bits set behind "
                    "the prefix), addresses, or host names such as hooks.internal."
                ) from None
            self._hosts.add(entry.lower())

    def lists(self, host: str, address: Address | None = None) -> bool:
        """Tell whether the operator listed a host by its name, or an address by its network."""
        if host.lower() in self._hosts:
            return True
        return address is not None and any(address in network for network in self._networks)

    def permits(self, host: str, address: Address) -> bool:
        """Tell whether an address that a host has may be reached at all."""
        return self.lists(host, address) or is_public(address)
