"""Send answers a few at a time.

Whoever reads on the same machine (a proxy, a gateway) is woken by each answer that finds it asleep, and
waking costs the server's core more than sending. Answers that are ready within one turn of the event loop
leave together, four at most: the first waits for three signatures, and one that is alone for nothing.
"""

import asyncio
from typing import Protocol

import structlog

log = structlog.get_logger("claimsmith.http")

MOST_TOGETHER = 4


class Leaver(Protocol):
    """Be a connection that an answer leaves by."""

    def leave(self, answer: bytes) -> None:
        """Write an answer."""
        ...


class Leaving:
    """Hold the answers of one process that are about to leave."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        """Begin with none."""
        self._answers: list[tuple[Leaver, bytes]] = []

    def add(self, leaver: Leaver, answer: bytes, loop: asyncio.AbstractEventLoop) -> None:
        """Take an answer; it leaves before the loop waits for anything."""
        answers = self._answers
        answers.append((leaver, answer))
        if len(answers) >= MOST_TOGETHER:
            self.send()
        elif len(answers) == 1:
            loop.call_soon(self.send)

    def send(self) -> None:
        """Let all answers leave, in the order in which they came. One that cannot holds back no other."""
        answers, self._answers = self._answers, []
        for leaver, answer in answers:
            try:
                leaver.leave(answer)
            except Exception:
                log.exception("failed", path="/oauth2/token")
