"""Load what people do with raw sockets: closed loop, keep-alive, one process.

Usage: `python -m bench.people_driver FLOW CONNECTIONS SECONDS [FLOOD] < given.json`. Before the clock runs,
each connection makes what its flow needs, so each has a chain of refresh tokens of its own. `FLOOD` is a
number of further connections that sign in with passwords meanwhile and are not measured. Prints the same
`RESULT` line as `token.lua`.
"""

import heapq
import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from bench.generator import answer_length
from bench.people_flows import FLOWS, Answer, Flow, Given, Talk, WrongAnswer

_PREPARING_SECONDS = 60


@dataclass(slots=True)
class Tally:
    """Hold what has been seen so far."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    broken: int = 0
    refused: int = 0
    first_wrong: str = ""


@dataclass(slots=True)
class _Connection:
    """Hold one connection, what is said on it, and the answer it is reading."""

    socket: socket.socket
    flow: Flow
    is_measured: bool
    talk: Talk | None = None
    began_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)


class Driver:
    """Keep connections busy."""

    def __init__(self, given: Given) -> None:
        """Begin without connections."""
        self._given = given
        self._selector = selectors.DefaultSelector()
        self._resting: list[tuple[float, int, _Connection]] = []
        self._numbers = count()
        self._is_timed = False
        self.tally = Tally()

    def connect(self, flow: type[Flow], *, is_measured: bool = True) -> None:
        """Open one connection for a flow."""
        parts = urlsplit(self._given.url)
        opened = socket.create_connection((parts.hostname, parts.port), timeout=30)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(opened, flow(self._given), is_measured)
        self._selector.register(opened, selectors.EVENT_READ, connection)

    def prepare(self) -> None:
        """Make what the flows need."""
        for key in list(self._selector.get_map().values()):
            self._begin(key.data, key.data.flow.prepare())
        until = time.perf_counter() + _PREPARING_SECONDS
        while any(key.data.talk for key in self._selector.get_map().values()):
            self._listen(until)
            if self.tally.wrong or time.perf_counter() > until:
                raise SystemExit(f"bench.people_driver: nothing could be prepared. {self.tally.first_wrong}")

    def run(self, seconds: float) -> None:
        """Let every connection go on until the time is over."""
        self._is_timed = True
        until = time.perf_counter() + seconds
        for key in list(self._selector.get_map().values()):
            self._begin(key.data, key.data.flow.once())
        while time.perf_counter() < until and self._selector.get_map():
            self._listen(until)

    def _begin(self, connection: _Connection, talk: Talk) -> None:
        connection.talk = talk
        connection.began_at = time.perf_counter()
        self._go_on(connection, None)

    def _listen(self, until: float) -> None:
        now = time.perf_counter()
        while self._resting and self._resting[0][0] <= now:
            rested = heapq.heappop(self._resting)[2]
            if rested.is_measured:
                rested.began_at = time.perf_counter()
            self._go_on(rested, None)
        soonest = min(until, self._resting[0][0]) if self._resting else until
        for key, _ in self._selector.select(timeout=max(0.0, min(1.0, soonest - now))):
            self._receive(key.data)

    def _receive(self, connection: _Connection) -> None:
        part = connection.socket.recv(262_144)
        if not part:
            self.tally.broken += 1
            self._selector.unregister(connection.socket)
            connection.talk = None
            return
        connection.received += part
        length = answer_length(connection.received)
        if length is None or len(connection.received) < length:
            return
        answer = Answer(bytes(connection.received))
        connection.received.clear()
        self._go_on(connection, answer)

    def _go_on(self, connection: _Connection, answer: Answer | None) -> None:
        """Say the next thing; begin anew when everything was said."""
        assert connection.talk is not None
        try:
            said = connection.talk.send(answer)
        except StopIteration:
            if not self._is_timed:
                connection.talk = None
                return
            if connection.is_measured:
                self.tally.seconds.append(time.perf_counter() - connection.began_at)
            self._begin(connection, connection.flow.once())
        except WrongAnswer as wrong:
            self.tally.wrong += 1
            self.tally.first_wrong = self.tally.first_wrong or str(wrong)
            connection.talk = None
            self._selector.unregister(connection.socket)
        else:
            if isinstance(said, bytes):
                connection.socket.sendall(said)
                return
            # Who is measured rests by choice, who is not was told to come again.
            self.tally.refused += not connection.is_measured
            heapq.heappush(self._resting, (time.perf_counter() + said, next(self._numbers), connection))


def main(arguments: list[str]) -> None:
    """Run with the arguments of the command line and print the result."""
    flow, connections, seconds = arguments[0], int(arguments[1]), float(arguments[2])
    flood = int(arguments[3]) if len(arguments) > 3 else 0
    driver = Driver(Given(**json.load(sys.stdin)))
    for _ in range(connections):
        driver.connect(FLOWS[flow])
    for _ in range(flood):
        driver.connect(FLOWS["flood"], is_measured=False)
    driver.prepare()
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    started = time.perf_counter()
    driver.run(seconds)
    elapsed = time.perf_counter() - started
    tally = driver.tally
    if tally.first_wrong:
        sys.stderr.write(f"{tally.first_wrong}\n")
    ordered = sorted(tally.seconds) or [0.0]
    result = {
        "requests": len(tally.seconds),
        "seconds": elapsed,
        "p50_ms": ordered[len(ordered) // 2] * 1e3,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1e3,
        "wrong": tally.wrong,
        "broken": tally.broken,
        "refused": tally.refused,
    }
    sys.stdout.write(f"RESULT {json.dumps(result)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
