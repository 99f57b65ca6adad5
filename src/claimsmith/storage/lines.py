"""Say to each kind of database what a transaction says to it: begin, one statement, one more, the end."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from claimsmith.storage.questions import Answer
from claimsmith.storage.sqlite_connection import SqliteConnection

BEGUN = "claimsmith_begun"
"""The execution option that keeps SQLAlchemy from beginning a transaction on SQLite."""


class Line(Protocol):
    """Say to one kind of database what a transaction says."""

    options: Mapping[str, Any]
    """What SQLAlchemy is told of a connection on which begin and end are said here."""

    async def begin(self) -> None:
        """Begin, now or with the next statement."""
        ...

    async def run(self, text: str, arguments: Sequence[Any]) -> Answer:
        """Run one statement and return its rows."""
        ...

    async def tell(self, text: str, arguments: Sequence[Any]) -> None:
        """Run one statement for whose answer nobody waits, before any other and before the end."""
        ...

    async def settle(self) -> None:
        """Run what was told and has not run."""
        ...

    async def commit(self) -> None:
        """Keep what was written."""
        ...

    async def rollback(self, *, is_known: bool) -> None:
        """Take it back. Raises when that cannot be, or it is not known what the connection is doing."""
        ...


class OnSqlite:
    """Be a transaction on SQLite; for one that only reads none is begun.

    What nobody waits for goes to the thread with what comes next, the end of the transaction at the latest.
    """

    options: Mapping[str, Any] = {BEGUN: True}

    def __init__(self, driver: SqliteConnection, *, writes: bool) -> None:
        """Take the connection; one that writes takes the writer's lock as it begins."""
        self._driver = driver
        self._writes = writes
        self._told: list[tuple[str, Sequence[Any]]] = []

    async def begin(self) -> None:
        """Begin with the next statement: apart from it, beginning would cost as much as a statement."""
        if self._writes:
            self._driver.begin_with_next(writes=True)

    async def run(self, text: str, arguments: Sequence[Any]) -> Answer:
        """Run one statement: one change of threads."""
        told, self._told = self._told, []
        return await self._driver.run_in_order([*told, (text, arguments)])

    async def tell(self, text: str, arguments: Sequence[Any]) -> None:
        """Run one statement, with the next one."""
        self._told.append((text, arguments))

    async def settle(self) -> None:
        """Run what waits."""
        if self._told:
            told, self._told = self._told, []
            await self._driver.run_in_order(told)

    async def commit(self) -> None:
        """Commit, unless nothing ran."""
        if self._told:
            await self._driver.run_in_order(self._told, commits=True)
        elif self._writes:
            await self._driver.commit()

    async def rollback(self, *, is_known: bool) -> None:
        """Roll back after whatever is under way: the thread works in order."""
        await self._driver.rollback()


class OnPostgresql:
    """Be a transaction on PostgreSQL; for one that only reads none is begun."""

    options: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}

    def __init__(self, driver: Any, *, writes: bool) -> None:
        """Take the connection."""
        self._driver = driver
        self._writes = writes

    async def begin(self) -> None:
        """Begin."""
        if self._writes:
            await self._driver.execute("BEGIN")

    async def run(self, text: str, arguments: Sequence[Any]) -> Answer:
        """Run one statement, which stays prepared on its connection."""
        rows: Answer = await self._driver.fetch(text, *arguments)
        return rows

    async def tell(self, text: str, arguments: Sequence[Any]) -> None:
        """Run one statement, now."""
        await self._driver.fetch(text, *arguments)

    async def settle(self) -> None:
        """Do nothing: nothing waits."""

    async def commit(self) -> None:
        """Commit."""
        if self._writes:
            await self._driver.execute("COMMIT")

    async def rollback(self, *, is_known: bool) -> None:
        """Roll back, if anybody knows what the connection is doing."""
        if not is_known:
            raise ConnectionError("nobody waited for the answer")
        if self._writes:
            await self._driver.execute("ROLLBACK")


def line_of(driver: Any, *, writes: bool) -> Line:
    """Return what a transaction on a connection says."""
    if isinstance(driver, SqliteConnection):
        return OnSqlite(driver, writes=writes)
    return OnPostgresql(driver, writes=writes)
