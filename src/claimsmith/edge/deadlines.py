"""Close connections whose request head does not arrive in time.

The server underneath has no such deadline: a client that sends one header a second would hold its connection
for ever. Waiting between two requests of one connection is the keep-alive timeout's concern, not this one's.
"""

import asyncio
from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CLOSE_SECONDS = 1.0
HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a further request, to the blank line that ends its head."""


class DeadlineProtocol(HttpToolsProtocol):
    """Speak HTTP/1.1 and give every request head `HEAD_SECONDS` to arrive.

    The timer is armed once per connection, and once per further request whose head does not arrive whole. It
    is moved by nothing a client sends: dripping bytes buys no time.

    When the server stops, connections that wait for a request are closed, and cut after `CLOSE_SECONDS`: over
    TLS a client would have to agree to the end, and one that is idle does not.
    """

    head_seconds = HEAD_SECONDS
    head_timer: TimerHandle | None = None
    is_reading_head = False

    # uvicorn asks for this transport where asyncio promises its base alone.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read; begin to wait for the rest of the head of a further request, or for its first letter."""
        super().data_received(data)
        if self.head_timer is None and (self.is_reading_head or self._is_unwatched()):
            self._arm()

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        super().on_message_begin()
        self.is_reading_head = True

    def on_headers_complete(self) -> None:
        """Stop waiting: the head is here."""
        self.head_is_here()
        super().on_headers_complete()

    def head_is_here(self) -> None:
        """Stop waiting for a head."""
        self.is_reading_head = False
        self._disarm()

    def shutdown(self) -> None:
        """Close the connection when no request is in progress, and see to it that it ends."""
        super().shutdown()
        transport: Any = self.transport
        if transport.is_closing():
            self.loop.call_later(CLOSE_SECONDS, transport.abort)

    def _is_unwatched(self) -> bool:
        """Tell whether nothing is in progress and no timer runs: blank lines came before a request."""
        return self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete)

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
