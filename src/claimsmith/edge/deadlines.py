"""Close connections whose request head does not arrive in time.

The server underneath has no such deadline: a client that sends one header a second would hold its connection
for ever. Waiting between two requests of one connection is the keep-alive timeout's concern, not this one's.
"""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a further request, to the blank line that ends its head."""


class DeadlineProtocol(HttpToolsProtocol):
    """Speak HTTP/1.1 and give every request head `HEAD_SECONDS` to arrive.

    The timer is armed once per connection and once per further request, and moved by nothing a client sends:
    dripping bytes buys no time.
    """

    head_seconds = HEAD_SECONDS
    head_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._disarm()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for the head of a further request; the first one is waited for already."""
        super().on_message_begin()
        if self.head_timer is None:
            self._arm()

    def on_headers_complete(self) -> None:
        """Stop waiting: the head is here."""
        self._disarm()
        super().on_headers_complete()

    def _arm(self) -> None:
        self.head_timer = self.loop.call_later(self.head_seconds, self._too_slow)

    def _disarm(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _too_slow(self) -> None:
        self.head_timer = None
        transport: Any = self.transport
        if transport is not None and not transport.is_closing():
            transport.abort()
