"""Read what every request says about itself: its host and where it came from."""

import ipaddress
from functools import lru_cache
from typing import Any
from urllib.parse import quote

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

Headers = list[tuple[bytes, bytes]]
"""Header lines as ASGI gives them: lower-case names and values, in their order."""

LONGEST_SHOWN = 200
"""Characters of a host or path that nobody here knows."""

MOST_REMEMBERED = 1_024
"""How many addresses are known to be those of trusted proxies, or not, without reading them again."""

FORWARDED_FOR = b"x-forwarded-for"


def forwarded_headers(headers: Headers) -> Headers:
    """Return the header lines by which proxies say where a request came from."""
    return [line for line in headers if line[0] == FORWARDED_FOR]


def host_of(scope: Any) -> str:
    """Return the Host header as sent, or an empty text."""
    for name, value in scope["headers"]:
        if name == b"host":
            text: str = bytes(value).decode("latin-1")
            return text
    return ""


def shown_host(host: str) -> str:
    """Return a host that anybody sent as answers and logs may show it: escaped, and cut where it is long."""
    shown = quote(host.encode("latin-1"), safe=".:-_[]")
    return shown if len(shown) <= LONGEST_SHOWN else f"{shown[:LONGEST_SHOWN]}..."


class Addresses:
    """Tell where a request came from, believing `X-Forwarded-For` of trusted proxies alone."""

    def __init__(self, trusted_proxies: tuple[str, ...]) -> None:
        """Take networks such as `10.0.0.0/8`. Raises `ValueError` for one that is none."""
        self._trusted: list[Network] = [ipaddress.ip_network(text.strip()) for text in trusted_proxies]
        self._is_trusted = lru_cache(MOST_REMEMBERED)(self._is_among_trusted)

    def of(self, scope: Any) -> str:
        """Return the address of the client, or an empty text when the server does not know it."""
        return self.seen(scope.get("client"), scope["headers"])

    def seen(self, client: Any, headers: Headers) -> str:
        """Return the same from the peer of the connection and the header lines."""
        peer = str(client[0]) if client else ""
        if not self._trusted or not self._is_trusted(peer):
            return peer
        forwarded = [
            str(part).strip()
            for name, value in headers
            if name == FORWARDED_FOR
            for part in value.decode("latin-1").split(",")
        ]
        for address in reversed(forwarded):
            if not self._is_trusted(address):
                return address
        return peer

    def _is_among_trusted(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)
