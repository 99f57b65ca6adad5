"""Carry questions to the database over the connections of the pool, past what a transaction of many costs.

A question that is asked by itself is its own transaction, so nothing is begun and ended around it on
PostgreSQL: the driver is asked directly. On SQLite those that come while others are under way go to the
thread together; those that write become one transaction, which is written to the disk once for all of them,
before any of them is answered.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol, cast

from sqlalchemy.exc import IntegrityError

from claimsmith.storage.at_hand import AtHand
from claimsmith.storage.driver_errors import DriverErrors
from claimsmith.storage.questions import Answer, Form
from claimsmith.storage.sqlite_connection import SqliteConnection

MOST_TOGETHER = 64
"""How many questions go to SQLite at once, so that a writer's lock is not held for long."""

Asked = tuple[str, Sequence[Any]]


class Asking(Protocol):
    """Carry a question to one kind of database."""

    async def ask(self, form: Form, arguments: Sequence[Any], *, writes: bool) -> Answer:
        """Return the rows as the driver gives them."""
        ...


def asking(hand: AtHand, writer: asyncio.Lock, *, is_sqlite: bool, places: int) -> Asking:
    """Return what asks the database over `places` connections at most.

    `writer` is held by whoever writes to SQLite.
    """
    return OnSqlite(hand, writer) if is_sqlite else OnPostgresql(hand, places)


class OnPostgresql:
    """Ask PostgreSQL: one round trip each, on a connection of its own."""

    def __init__(self, hand: AtHand, places: int) -> None:
        """Take where connections come from, and how many may be used at once."""
        self._hand = hand
        self._places = asyncio.Semaphore(places)
        self._errors = DriverErrors(is_sqlite=False)

    async def ask(self, form: Form, arguments: Sequence[Any], *, writes: bool) -> Answer:
        """Return the rows of one question; the statement stays prepared on its connection."""
        async with self._places:
            return await self._ask(form, arguments)

    async def _ask(self, form: Form, arguments: Sequence[Any]) -> Answer:
        connection = await self._hand.take()
        try:
            rows = await connection.driver_connection.fetch(form.text, *arguments)
        except BaseException as error:
            told = self._errors.told(error) if isinstance(error, Exception) else error
            # Only who was refused a value knows what the connection is doing: not who stopped waiting.
            if not isinstance(told, IntegrityError):
                connection.invalidate()
            await self._hand.give_back(connection)
            if told is error:
                raise
            raise told from error
        self._hand.keep(connection)
        return cast(Answer, rows)


class OnSqlite:
    """Ask SQLite: what waits goes together."""

    def __init__(self, hand: AtHand, writer: asyncio.Lock) -> None:
        """Take where connections come from, and the lock of the one writer."""
        self._reads = _Together(hand, None)
        self._writes = _Together(hand, writer)

    async def ask(self, form: Form, arguments: Sequence[Any], *, writes: bool) -> Answer:
        """Return the rows of one question, once what it wrote is on the disk."""
        return await (self._writes if writes else self._reads).ask((form.text, arguments))


class _Together:
    """Send what came while the last were under way as one."""

    def __init__(self, hand: AtHand, writer: asyncio.Lock | None) -> None:
        self._hand = hand
        self._writer = writer
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._sending: asyncio.Task[None] | None = None
        self._errors = DriverErrors(is_sqlite=True)

    async def ask(self, asked: Asked) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
        return await answer

    async def _send_all(self) -> None:
        """Keep one connection for as long as there is something to send."""
        connection = None
        try:
            connection = await self._hand.take()
            driver: SqliteConnection = connection.driver_connection
            while self._waiting:
                await self._send(driver)
        except BaseException as error:
            self._tell(self._waiting, error)
            self._waiting = []
            if not isinstance(error, Exception):
                raise
        finally:
            self._sending = None
            if connection is not None:
                self._hand.keep(connection)

    async def _send(self, driver: SqliteConnection) -> None:
        if self._writer is None:
            await self._send_some(driver, writes=False)
            return
        async with self._writer:
            await self._send_some(driver, writes=True)

    async def _send_some(self, driver: SqliteConnection, *, writes: bool) -> None:
        some, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        try:
            answers = await driver.run_together([asked for asked, _ in some], writes=writes)
        except sqlite3.Error as error:
            self._tell(some, self._errors.told(error))
        except BaseException as error:
            self._tell(some, error)
            if not isinstance(error, Exception):
                raise
        else:
            for (_, answer), rows in zip(some, answers, strict=True):
                if not answer.done():
                    answer.set_result(rows)

    def _tell(self, some: Sequence[tuple[Asked, asyncio.Future[Answer]]], error: BaseException) -> None:
        told = error if isinstance(error, Exception) else ConnectionError("nobody asks any more")
        for _, answer in some:
            if not answer.done():
                answer.set_exception(told)
