"""Dial the addresses that were judged, and no others, whatever name the connection is for.

The name stays what TLS asks for and what the certificate must name.
"""

from collections.abc import Iterable, Sequence

import httpcore


class PinnedNetwork(httpcore.AsyncNetworkBackend):
    """Connect to one of the given addresses, in their order."""

    def __init__(self, addresses: Sequence[str]) -> None:
        """Take addresses that may be dialled."""
        self._addresses = tuple(addresses)
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that takes the connection. Raises `httpcore.ConnectError`."""
        failure: httpcore.NetworkError = httpcore.ConnectError("it has no address")
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a path of this machine is no address that others may choose."""
        raise httpcore.ConnectError("sockets of this machine are not dialled")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)
