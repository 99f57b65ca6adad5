"""Load a token endpoint with raw sockets where wrk is missing: closed loop, keep-alive, one thread.

Usage: `python -m bench.generator CONNECTIONS SECONDS URL BODY [COUNT turns|random]`. Prints the same
`RESULT` line as `token.lua`.
"""

import json
import random
import selectors
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class _Connection:
    """Hold one connection with the answer it is reading."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class _Tally:
    """Hold what has been seen so far."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    broken: int = 0


def make_messages(url: str, body: str, count: int, order: str) -> Callable[[], bytes]:
    """Return a function that gives the next request; it takes turns over applications if `count` is set."""
    parts = urlsplit(url)

    def message(text: str) -> bytes:
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        return (head + text).encode()

    if not count:
        only = message(body)
        return lambda: only
    turn = 0

    def following() -> bytes:
        nonlocal turn
        turn = random.randint(1, count) if order == "random" else turn % count + 1  # no secret
        return message(body.replace("APPLICATION", f"be0c4{turn:027d}"))

    return following


def answer_length(received: bytearray) -> int | None:
    """Return the length of the whole answer, or `None` while its head is incomplete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    for line in bytes(received[:end]).lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return end + 4 + int(line.split(b":")[1])
    raise SystemExit("bench.generator: an answer has no Content-Length.")


def drive(url: str, messages: Callable[[], bytes], connections: int, seconds: float) -> _Tally:
    """Keep every connection busy until the time is over."""
    parts = urlsplit(url)
    tally = _Tally()
    clock = time.perf_counter
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = _Connection(socket.create_connection((parts.hostname, parts.port), timeout=5))
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.sent_at = clock()
            connection.socket.sendall(messages())
        until = clock() + seconds
        while clock() < until and selector.get_map():
            for key, _ in selector.select(timeout=1):
                _receive(selector, key.data, messages, tally)
    return tally


def _receive(
    selector: selectors.BaseSelector, connection: _Connection, messages: Callable[[], bytes], tally: _Tally
) -> None:
    part = connection.socket.recv(65536)
    if not part:
        tally.broken += 1
        selector.unregister(connection.socket)
        return
    connection.received += part
    length = answer_length(connection.received)
    if length is None or len(connection.received) < length:
        return
    now = time.perf_counter()
    tally.seconds.append(now - connection.sent_at)
    if (
        not connection.received.startswith(b"HTTP/1.1 200 ")
        or b'"access_token":"ey' not in connection.received
    ):
        tally.wrong += 1
    connection.received.clear()
    connection.sent_at = now
    connection.socket.sendall(messages())


def main(arguments: list[str]) -> None:
    """Run with the arguments of the command line and print the result."""
    connections, seconds, url, body = arguments[:4]
    count, order = (int(arguments[4]), arguments[5]) if len(arguments) > 4 else (0, "turns")
    started = time.perf_counter()
    tally = drive(url, make_messages(url, body, count, order), int(connections), float(seconds))
    elapsed = time.perf_counter() - started
    ordered = sorted(tally.seconds) or [0.0]
    result = {
        "requests": len(tally.seconds),
        "seconds": elapsed,
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
        "wrong": tally.wrong,
        "broken": tally.broken,
    }
    sys.stdout.write(f"RESULT {json.dumps(result)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
