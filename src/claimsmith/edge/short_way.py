"""Answer a token request inside the read that brought it, when nothing has to be waited for.

Most token requests arrive whole, from a client whose view is cached, and need no database. For those, a task,
an event and the ASGI messages would cost more than the token. So the protocol asks the application for an
answer at once (`Front.token_now`). When there is none to give at once (anything but a success from what is
cached), or when the request has not arrived whole, it goes the ordinary way from its beginning: nothing has
been done yet.
"""

from typing import Any, Protocol

from claimsmith.edge.deadlines import DeadlineProtocol

TOKEN_PATH_BYTES = b"/oauth2/token"
STATUS_OK = b"HTTP/1.1 200 OK\r\n"


class AnswersAtOnce(Protocol):
    """Be an application that can answer some token requests without waiting."""

    def token_now(
        self, path: str, headers: list[tuple[bytes, bytes]], body: bytes, client: Any
    ) -> bytes | None:
        """Return header lines, a blank line and the body of a success; `None` to go the ordinary way."""
        ...


class ShortWayProtocol(DeadlineProtocol):
    """Speak HTTP/1.1, with a short way for token requests."""

    waiting: list[bytes] | None = None
    """The parts of the body of a token request that is being read, while the short way is open to it."""

    def data_received(self, data: bytes) -> None:
        """Read; a token request that this read did not complete goes the ordinary way."""
        super().data_received(data)
        if self.waiting is not None:
            self._go_ordinary_way(complete=False)

    def on_headers_complete(self) -> None:
        """Open the short way to a token request, or begin the ordinary one."""
        if self.url.endswith(TOKEN_PATH_BYTES) and self._is_plain():
            self.waiting = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        if self.waiting is None:
            super().on_body(body)
        else:
            self.waiting.append(body)

    def on_message_complete(self) -> None:
        """Answer at once, or go the ordinary way."""
        if self.waiting is None:
            super().on_message_complete()
            return
        answer = self.app.token_now(
            self.url.decode("ascii", "replace"), self.headers, b"".join(self.waiting), self.client
        )
        if answer is None:
            self._go_ordinary_way(complete=True)
            return
        self.waiting = None
        self._disarm()
        head = [STATUS_OK]
        for name, value in self.server_state.default_headers:
            head += (name, b": ", value, b"\r\n")
        head.append(answer)
        self.transport.write(b"".join(head))
        self.on_response_complete()

    def _is_plain(self) -> bool:
        """Tell whether this is a POST of HTTP/1.1 that keeps its connection, and no other is in progress."""
        return (
            self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and bool(self.parser.should_keep_alive())
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
            and (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
        )

    def _go_ordinary_way(self, *, complete: bool) -> None:
        parts, self.waiting = self.waiting or [], None
        super().on_headers_complete()
        for part in parts:
            super().on_body(part)
        if complete:
            super().on_message_complete()
