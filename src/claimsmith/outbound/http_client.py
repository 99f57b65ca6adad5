"""Send requests to addresses that others chose: one guarded client for all of them (Y20-Y23).

The address is judged when it is dialled, and the very address that was judged is dialled, so a name that
answers one thing first and another thing later gains nothing (DNS rebinding). A name of which any answer is
not permitted is refused whole. There are no redirects, no cookies, no proxies and no credentials from the
surroundings, because the transport below knows none; nothing is decompressed.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

from claimsmith.domain.network_addresses import Address
from claimsmith.domain.uris import shown, url_fault
from claimsmith.outbound.allow_list import AllowList

if TYPE_CHECKING:
    import httpcore

DEADLINE_SECONDS = 5.0
MOST_BODY_BYTES = 65_536
MOST_AT_ONCE = 32
MOST_PER_TARGET = 4
MOST_RESOLUTIONS = 4
PORTS = frozenset({443, 8443})


class OutboundRefused(Exception):
    """Say that a target may not be called at all; trying again would not help.

    The message is for the operator. Whoever chose the target is told only that it failed: which addresses
    exist inside is nobody's business.
    """


class OutboundFailed(Exception):
    """Say that a call did not work this time: no connection, no TLS, an answer too late or too long."""


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """Hold what a server answered; a redirect is an answer too. Names of headers are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Resolve(Protocol):
    """Find the addresses of a host name; raise `OSError` when there are none."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return addresses as text, the preferred one first."""
        ...


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int


class OutboundClient:
    """Call servers that others chose, within the bounds that the operator set."""

    def __init__(
        self,
        allow: AllowList | None = None,
        *,
        ca_file: Path | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
        resolve: Resolve | None = None,
    ) -> None:
        """Take what the operator allows, and the authorities (PEM) that servers are trusted by.

        Without `ca_file` those of the machine are. Raises `ValueError` when the file cannot be used.
        """
        self._allow = allow or AllowList()
        self._ca_file = ca_file
        self._deadline_seconds = deadline_seconds
        self._resolve = resolve or _Resolver()
        self._all = asyncio.Semaphore(MOST_AT_ONCE)
        self._by_host: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        if ca_file is not None:
            _ = self._tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(
                f"outbound_ca_file is {str(self._ca_file)!r}, which cannot be used: {error}. Name a PEM file "
                "with the certificates of the authorities."
            ) from None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        most_bytes: int = MOST_BODY_BYTES,
    ) -> OutboundAnswer:
        """Send one request and return the answer, all within the deadline.

        `most_bytes` is the longest body that is accepted; with 0 the body is not read. Raises
        `OutboundRefused`, `OutboundFailed`.
        """
        # Imported here: memory that a server which calls nobody need not spend.
        import httpcore

        from claimsmith.outbound.pinned_network import PinnedNetwork

        target = self._target(url)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                one = self._by_host.setdefault(target.host, asyncio.Semaphore(MOST_PER_TARGET))
                async with one, self._all:
                    network = PinnedNetwork(await self._addresses(target))
                    # A pool for one request: a connection that was kept would outlive this judgement.
                    async with httpcore.AsyncConnectionPool(
                        ssl_context=self._tls, max_connections=1, network_backend=network
                    ) as pool:
                        sent = _headers(url, headers or {}, body)
                        async with pool.stream(method, _sent(url), headers=sent, content=body) as answer:
                            return await _received(answer, most_bytes)
        except TimeoutError:
            raise OutboundFailed(
                f"{target.host} did not answer within {self._deadline_seconds:g} seconds."
            ) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise OutboundFailed(f"{target.host} could not be called: {_told(error)}.") from None

    async def post_form(self, url: str, fields: Mapping[str, str]) -> OutboundAnswer:
        """Send a form and return the status; the body of the answer is not read."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.request("POST", url, headers=headers, body=urlencode(fields).encode(), most_bytes=0)

    def check(self, url: str) -> None:
        """Refuse a URL that could never be called, when it is saved. Raises `OutboundRefused`.

        Names are not resolved: what they answer counts when they are called.
        """
        target = self._target(url)
        address = _literal(target.host)
        if address is not None:
            self._judge(target, [address])

    def _target(self, url: str) -> _Target:
        fault = url_fault(url)
        if fault is None and not url.startswith(("https://", "http://")):
            fault = "use https."
        if fault is not None:
            raise OutboundRefused(f"{shown(url)} cannot be called: {fault}")
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return _Target(parts.scheme, host, port)

    async def _addresses(self, target: _Target) -> list[str]:
        literal = _literal(target.host)
        if literal is not None:
            found = [literal]
        else:
            found = [ipaddress.ip_address(text) for text in await self._resolve(target.host, target.port)]
        self._judge(target, found)
        return [str(address) for address in found]

    def _judge(self, target: _Target, addresses: Sequence[Address]) -> None:
        """Refuse a target unless every address of it is permitted: of mixed answers, none is used."""
        for address in addresses:
            if not self._allow.permits(target.host, address):
                raise OutboundRefused(
                    f"{target.host} is at {address}, which is not on the public internet; the operator can "
                    "list it in outbound_allow."
                )
        for address in addresses:
            if self._allow.lists(target.host, address):
                continue
            if target.scheme != "https":
                raise OutboundRefused(
                    f"{target.host} would be called without TLS; use https, or list it in outbound_allow."
                )
            if target.port not in PORTS:
                raise OutboundRefused(
                    f"{target.host} would be called on port {target.port}; use 443 or 8443, or list it in "
                    "outbound_allow."
                )


class _Resolver:
    """Resolve names in threads of its own: one that hangs holds up nobody but the next name."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_RESOLUTIONS, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(found))


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _sent(url: str) -> str:
    return url.partition("#")[0]


def _headers(url: str, more: Mapping[str, str], body: bytes) -> list[tuple[str, str]]:
    headers = {
        "host": urlsplit(url).netloc,
        "user-agent": "claimsmith",
        "accept-encoding": "identity",
        "connection": "close",
        "content-length": str(len(body)),
        **more,
    }
    return list(headers.items())


async def _received(answer: "httpcore.Response", most_bytes: int) -> OutboundAnswer:
    received = bytearray()
    if most_bytes:
        async for chunk in answer.aiter_stream():
            received += chunk
            if len(received) > most_bytes:
                raise OutboundFailed(f"The answer has more than {most_bytes} bytes.")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    return OutboundAnswer(answer.status, headers, bytes(received))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
