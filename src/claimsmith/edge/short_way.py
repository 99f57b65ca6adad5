"""Answer a token request inside the read that brought it, when nothing has to be waited for.

Most token requests arrive whole, from a client whose view is cached, and need no database. For those, a task,
an event and the ASGI messages would cost more than the token. So the protocol asks the application for an
answer at once (`Front.token_now`); a request that arrives byte for byte as one before is not even parsed
(`Front.token_again`). When there is no answer to give at once (anything but a success from what is cached),
or when the request has not arrived whole, it goes the ordinary way from its beginning: nothing has been done
yet.
"""

from typing import Any, Protocol

from claimsmith.edge.deadlines import DeadlineProtocol
from claimsmith.edge.leaving import Leaving
from claimsmith.edge.requests import Headers

TOKEN_PATH_BYTES = b"/oauth2/token"
STATUS_OK = b"HTTP/1.1 200 OK\r\n"
END_OF_HEAD = b"\r\n\r\n"
LARGEST_REPEAT = 8_192


class AnswersAtOnce(Protocol):
    """Be an application that can answer some token requests without waiting.

    An answer is header lines, a blank line and the body of a success; `None` sends the request the ordinary
    way.
    """

    @property
    def leaving(self) -> Leaving:
        """Return where the answers of this process wait for one another."""
        ...

    def token_now(
        self, path: str, headers: Headers, body: bytes, client: Any, whole: bytes | None
    ) -> bytes | None:
        """Answer a request. `whole` is all of its bytes, when it may be known by them from now on."""
        ...

    def token_again(self, whole: bytes, client: Any) -> bytes | None:
        """Answer a request that `token_now` answered before, by its bytes."""
        ...


class ShortWayProtocol(DeadlineProtocol):
    """Speak HTTP/1.1, with a short way for token requests."""

    waiting: list[bytes] | None = None
    """The parts of the body of a token request that is being read, while the short way is open to it."""
    is_within_message = False
    """Whether the parser has begun a request and not ended it: its next bytes mean no new one."""
    read: bytes | None = None
    """What is being read, when it began between two requests."""
    is_answer_leaving = False
    """Whether an answer was given to those that leave, and has not left."""
    rested_at = 0.0
    """When the last answer was given on the short way, by the loop's clock."""
    default_headers: list[tuple[bytes, bytes]] | None = None
    start = b""
    """How answers with these headers begin."""

    def data_received(self, data: bytes) -> None:
        """Read; a token request that this read did not complete goes the ordinary way."""
        if self.is_answer_leaving:
            self.app.leaving.send()
        self.read = data if self._is_at_rest() and len(data) <= LARGEST_REPEAT else None
        if self.read is not None:
            answer = self.app.token_again(data, self.client)
            if answer is not None:
                self._send(answer)
                return
        super().data_received(data)
        if self.waiting is not None:
            self._go_ordinary_way(complete=False)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self.is_within_message = True

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
        self.is_within_message = False
        if self.waiting is None:
            super().on_message_complete()
            return
        body = b"".join(self.waiting)
        path = self.url.decode("ascii", "replace")
        answer = self.app.token_now(path, self.headers, body, self.client, self._whole(body))
        if answer is None:
            self._go_ordinary_way(complete=True)
            return
        self.waiting = None
        self._send(answer)

    def _whole(self, body: bytes) -> bytes | None:
        """Return the bytes of the request when the read held it alone, its body as it is; else `None`.

        A body in chunks is longer on the wire than in itself, and so is a read that holds a second request.
        """
        read = self.read
        if read is None or len(read) != read.find(END_OF_HEAD) + len(END_OF_HEAD) + len(body):
            return None
        return read

    def _send(self, answer: bytes) -> None:
        self.head_is_here()
        self.is_answer_leaving = True
        self.app.leaving.add(self, self._start() + answer, self.loop)
        if self.pipeline or self.transport.is_closing():
            self.on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        # The timer that waits for the next request is not set anew for each: when it rings, it looks again.
        self.rested_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._wait_for_next(self.timeout_keep_alive)

    def leave(self, answer: bytes) -> None:
        """Write an answer."""
        self.is_answer_leaving = False
        if not self.transport.is_closing():
            self.transport.write(answer)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection when no request has come for long enough."""
        left = self.rested_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._wait_for_next(left)
        else:
            super().timeout_keep_alive_handler()

    def eof_received(self) -> None:
        """Let the answer leave before the connection is closed."""
        if self.is_answer_leaving:
            self.app.leaving.send()
        super().eof_received()

    def shutdown(self) -> None:
        """Let the answer leave before the connection is closed."""
        if self.is_answer_leaving:
            self.app.leaving.send()
        super().shutdown()

    def _wait_for_next(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _start(self) -> bytes:
        headers = self.server_state.default_headers
        if headers is not self.default_headers:
            self.default_headers = headers
            self.start = STATUS_OK + b"".join(b"%s: %s\r\n" % line for line in headers)
        return self.start

    def _is_at_rest(self) -> bool:
        """Tell whether the next bytes begin a request, and nothing is in progress before it."""
        return not (
            self.is_within_message
            or self.flow.write_paused
            or self.pipeline
            or (self.cycle is not None and not self.cycle.response_complete)
            or self.transport.is_closing()
        )

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
