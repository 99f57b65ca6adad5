"""Run each statement on SQLite with one change of threads instead of four.

`aiosqlite` runs SQLite in a thread and asks it apart for the cursor, the statement, its rows and the end of
the cursor. Under load each change of threads costs more than the statement itself, and a writer holds the
lock meanwhile. So here a statement goes over whole and comes back with its rows.

The rows of a statement are all read, as SQLAlchemy does anyway.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import aiosqlite

_BEGIN = {False: "BEGIN", True: "BEGIN IMMEDIATE"}
"""How a transaction begins that reads, and one that writes: the second takes the writer's lock."""


def connect(database: str, **options: Any) -> "SqliteConnection":
    """Return a connection that opens when it is awaited; `options` are those of `sqlite3.connect`."""
    return SqliteConnection(lambda: sqlite3.connect(database, **options))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Hold what a statement came to."""

    description: Any
    rows: Sequence[Any]
    rowcount: int
    lastrowid: int | None


class SqliteConnection(aiosqlite.Connection):
    """Be a connection whose cursors are `SqliteCursor`."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        """Take what opens the connection, in the thread."""
        super().__init__(connector, iter_chunk_size=64)
        # As SQLAlchemy does with those it makes: a connection that is not closed keeps no process alive.
        self._thread.daemon = True
        self._under_way = 0
        self._begin: str | None = None

    def begin_with_next(self, *, writes: bool) -> None:
        """Begin a transaction with the next statement: before it there is nothing to protect."""
        self._begin = _BEGIN[writes]

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]  # what SQLAlchemy uses of a cursor
        """Return a cursor; nothing is asked of the thread yet."""
        return SqliteCursor(self)

    async def run_statement(self, statement: str, parameters: Any, *, many: bool = False) -> _Outcome:
        """Run one statement, or one for each of many sets of parameters, and read all of its rows."""
        begin, self._begin = self._begin, None
        outcome: _Outcome = await self._execute(self._run, begin, statement, parameters, many)
        return outcome

    async def run_in_order(
        self, asked: Sequence[tuple[str, Sequence[Any]]], *, commits: bool = False
    ) -> Sequence[Any]:
        """Run several statements of one transaction in one change of threads; return the rows of the last."""
        begin, self._begin = self._begin, None
        rows: Sequence[Any] = await self._execute(self._run_in_order, begin, asked, commits)
        return rows

    async def run_together(
        self, asked: Sequence[tuple[str, Sequence[Any]]], *, writes: bool
    ) -> Sequence[Sequence[Any]]:
        """Run several statements in one change of threads and return the rows of each.

        Those that write are one transaction, committed before this returns; those that read are one each.
        """
        answers: Sequence[Sequence[Any]] = await self._execute(self._run_together, asked, writes)
        return answers

    async def commit(self) -> None:
        """Commit, unless no statement ran since the beginning."""
        if self._begin is not None:
            self._begin = None
            return
        await super().commit()

    async def rollback(self) -> None:
        """Roll back, unless it is certain that no transaction is open."""
        self._begin = None
        if self._under_way or self.in_transaction:
            await super().rollback()
            self._under_way = 0  # the thread works in order: whatever went before this has ended

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        self._under_way += 1
        try:
            # aiosqlite gives this method no types.
            result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            raise  # who stops waiting has not stopped the thread: it may yet begin a transaction
        except BaseException:
            self._under_way -= 1
            raise
        self._under_way -= 1
        return result

    def _run_in_order(
        self, begin: str | None, asked: Sequence[tuple[str, Sequence[Any]]], commits: bool
    ) -> Sequence[Any]:
        run = self._conn.execute
        if begin is not None:
            run(begin)
        rows: Sequence[Any] = ()
        for statement, parameters in asked:
            rows = run(statement, parameters).fetchall()
        if commits:
            run("COMMIT")
        return rows

    def _run_together(self, asked: Sequence[tuple[str, Sequence[Any]]], writes: bool) -> list[list[Any]]:
        run = self._conn.execute
        if not writes:
            return [run(statement, parameters).fetchall() for statement, parameters in asked]
        run("BEGIN IMMEDIATE")
        try:
            answers = [run(statement, parameters).fetchall() for statement, parameters in asked]
            run("COMMIT")
        except BaseException:
            if self._conn.in_transaction:
                run("ROLLBACK")
            raise
        return answers

    def _run(self, begin: str | None, statement: str, parameters: Any, many: bool) -> _Outcome:
        if begin is not None:
            self._conn.execute(begin)
        cursor = self._conn.cursor()
        try:
            run = cursor.executemany if many else cursor.execute
            run(statement, parameters)
            rows = () if cursor.description is None else cursor.fetchall()
            return _Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
        finally:
            cursor.close()


class SqliteCursor:
    """Be what SQLAlchemy uses of an `aiosqlite` cursor."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection) -> None:
        """Belong to a connection."""
        self._connection = connection
        self._outcome = _Outcome(None, (), -1, None)

    async def __aenter__(self) -> "SqliteCursor":
        """Return the cursor itself."""
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> "SqliteCursor":
        """Run a statement."""
        self._outcome = await self._connection.run_statement(operation, parameters)
        return self

    async def executemany(self, operation: str, parameters: Iterable[Any]) -> "SqliteCursor":
        """Run a statement for each set of parameters."""
        self._outcome = await self._connection.run_statement(operation, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """Return the rows of the last statement, which are here already."""
        return self._outcome.rows

    async def close(self) -> None:
        """End; nothing was left open."""

    @property
    def description(self) -> Any:
        """Return what PEP 249 calls so; `None` after a statement without rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """Return how many rows the last statement changed."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Return the id of the row that was inserted last."""
        return self._outcome.lastrowid
