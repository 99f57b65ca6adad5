"""Open the database and hand out transactions.

SQLite is the embedded default: write-ahead log, full durability, one writer at a time (`BEGIN IMMEDIATE`).
PostgreSQL serves any number of nodes. A transaction is one of three kinds:

- `reading`: a look at one environment. Each statement sees what was committed before it (as `READ COMMITTED`
  has it in PostgreSQL), so nothing is begun and ended around them;
- `storing`: writes that are no configuration (sessions, usage, revocations);
- `changing`: writes of configuration. It takes the environment's row first, which puts all changes of one
  environment in a row, raises its version, and records who changed what in the same transaction.

What each token of a user needs is a question (`storage/questions.py`) instead: one statement, by itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from json import JSONDecoder
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from claimsmith.domain.changes import Author, Change
from claimsmith.domain.errors import NotFound, Unavailable
from claimsmith.storage import tables
from claimsmith.storage.asking import asking
from claimsmith.storage.at_hand import AtHand
from claimsmith.storage.database_url import place_of
from claimsmith.storage.driver_errors import DriverErrors
from claimsmith.storage.lines import BEGUN
from claimsmith.storage.questions import Answer, Question
from claimsmith.storage.rested_connections import ask_rested
from claimsmith.storage.sqlite_connection import connect
from claimsmith.storage.transactions import Opening, Transaction
from claimsmith.storage.wall import guard
from claimsmith.storage.work import Work

CommitListener = Callable[[str, int, Sequence[Change]], None]

DATABASE_FILE = "claimsmith.db"
_OVERFLOW = 4
LARGEST_PREPARED = 65_536
"""Characters of a statement that stays prepared on its connection: that of a grant and its user is long."""
_SCAN = JSONDecoder().scan_once  # type: ignore[attr-defined]  # typeshed knows only those that subclasses use
_SQLITE_REMEDY = (
    "Check that this user may read and write the file and its directory, that the disk has room, and that "
    "no other program holds the file."
)
_POSTGRESQL_REMEDY = (
    "Check that it runs and can be reached from here, and that CLAIMSMITH_DATABASE_URL or --database-url "
    "names the right host and port."
)


def sqlite_url(data_directory: Path) -> str:
    """Return the URL of the embedded database inside a data directory."""
    return f"sqlite+aiosqlite:///{data_directory / DATABASE_FILE}"


def async_url(url: str) -> str:
    """Return a database URL with the async driver that belongs to it."""
    parsed = make_url(url)
    driver = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}.get(
        parsed.drivername, parsed.drivername
    )
    if driver == "sqlite":
        driver = "sqlite+aiosqlite"
    if "sslmode" in parsed.query:
        # libpq's name, which every host of databases puts into its URLs; asyncpg's argument is `ssl`.
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict(
            {"ssl": parsed.query["sslmode"]}
        )
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


class Database:
    """Own the connection pool and begin transactions."""

    def __init__(self, url: str, *, now: Callable[[], datetime], pool_size: int = 5) -> None:
        """Prepare the pool; nothing connects before the first transaction."""
        self.url = async_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self.place = place_of(url)
        self._now = now
        self._listeners: list[CommitListener] = []
        self._writer = asyncio.Lock()
        self._errors = DriverErrors(is_sqlite=self.is_sqlite)
        self.engine = _make_engine(self.url, self.is_sqlite, pool_size)
        most, timeout = (pool_size, 5) if self.is_sqlite else (pool_size + _OVERFLOW, 2)
        self._hand = AtHand(self.engine, most, timeout_seconds=timeout)
        places = max(1, pool_size - 1)
        self._asking = asking(self._hand, self._writer, is_sqlite=self.is_sqlite, places=places)

    def on_commit(self, listener: CommitListener) -> None:
        """Call a listener after each committed change, before the change is acknowledged."""
        self._listeners.append(listener)

    async def close(self) -> None:
        """Close every connection."""
        await self._hand.close()
        await self.engine.dispose()

    async def ask(self, question: Question, environment_id: str, **values: Any) -> Answer:
        """Ask one question on behalf of one environment; return its rows. What it wrote is kept by then.

        `values` are its other parameters. Raises `Unavailable`.
        """
        form = question.form(self.engine.dialect)
        arguments = form.arguments(environment_id, values)
        with self._told():
            return form.read(await self._asking.ask(form, arguments, writes=question.writes))

    @asynccontextmanager
    async def reading(self, environment_id: str) -> AsyncIterator[Work]:
        """Look at one environment."""
        async with self._transaction(writes=False) as transaction:
            yield Work(transaction, environment_id, self._now())

    @asynccontextmanager
    async def storing(self, environment_id: str) -> AsyncIterator[Work]:
        """Write records that are no configuration, in one transaction."""
        async with self._transaction(writes=True) as transaction:
            yield Work(transaction, environment_id, self._now())

    @asynccontextmanager
    async def changing(self, environment_id: str, author: Author) -> AsyncIterator[Work]:
        """Change the configuration of one environment in one transaction.

        Other changes of the same environment wait; so a check and the write that follows it cannot be
        separated by anybody. Listeners hear of the change after the commit and before this returns.
        """
        async with self._transaction(writes=True) as transaction:
            version = await self._take_version(transaction, environment_id)
            work = Work(transaction, environment_id, self._now(), author, version)
            yield work
            await work.write_changes()
        for listener in self._listeners:
            listener(environment_id, version, work.changes)

    @asynccontextmanager
    async def changing_several(
        self, environment_ids: Iterable[str], author: Author
    ) -> AsyncIterator[list[Work]]:
        """Change what several environments share, in one transaction; each records it for itself.

        The environments are taken in the order of their ids, so that two such changes wait for each other.
        """
        async with self._transaction(writes=True) as transaction:
            versions = {each: await self._take_version(transaction, each) for each in sorted(environment_ids)}
            works = [
                Work(transaction, each, self._now(), author, version) for each, version in versions.items()
            ]
            yield works
            for work in works:
                await work.write_changes()
        for work in works:
            for listener in self._listeners:
                listener(work.environment_id, work.version, work.changes)

    @asynccontextmanager
    async def across_environments(self, *, writes: bool = False) -> AsyncIterator[AsyncConnection]:
        """Look at the table of environments itself, or at all of them (feed, sweep, migration)."""
        async with self._transaction(writes=writes) as transaction:
            yield await transaction.across_environments()

    @asynccontextmanager
    async def founding(
        self, environment_id: str, author: Author, *, version: int
    ) -> AsyncIterator[tuple[AsyncConnection, Work]]:
        """Make an environment in one transaction: look at all of them, and write into the new one."""
        async with self._transaction(writes=True) as transaction:
            connection = await transaction.across_environments()
            yield connection, Work(transaction, environment_id, self._now(), author, version)

    async def _take_version(self, transaction: Transaction, environment_id: str) -> int:
        taken = await transaction.execute(
            update(tables.environments)
            .where(tables.environments.c.id == environment_id)
            .values(version=tables.environments.c.version + 1)
            .returning(tables.environments.c.version)
        )
        row = taken.first()
        if row is None:
            raise NotFound("The environment no longer exists.", code="ENVIRONMENT_NOT_FOUND")
        return int(row[0])

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[Transaction]:
        writer = self._writer if writes and self.is_sqlite else None
        with self._told():
            async with Opening(self._hand, self._errors, writes=writes, writer=writer) as transaction:
                yield transaction

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what a database that does not answer raises into `Unavailable`."""
        try:
            yield
        except (OperationalError, InterfaceError, PoolTimeout, OSError, TimeoutError) as error:
            told = f"The database did not answer: {type(error).__name__}."
            raise Unavailable(told, detail=self._detail(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                told = "The database closed the connection."
                raise Unavailable(told, detail=self._detail(error)) from error
            error.add_note(self.place)
            raise

    def _detail(self, error: Exception) -> str:
        """Return what only an operator may read: where the database is, what it said, what to check."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = str(cause).strip().rstrip(".").partition("\n")[0] or type(cause).__name__
        if isinstance(cause, OSError) and cause.errno:
            # What asyncio adds to it are the address and parentheses.
            said = os.strerror(cause.errno) if cause.errno > 0 else str(cause.strerror)
        elif isinstance(cause, TimeoutError):
            said = "no answer in time"
        remedy = _SQLITE_REMEDY if self.is_sqlite else _POSTGRESQL_REMEDY
        return f"The database did not answer ({self.place}): {said}. {remedy}"


def _make_engine(url: str, is_sqlite: bool, pool_size: int) -> AsyncEngine:
    if is_sqlite:
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,
            json_deserializer=_read_json,
            hide_parameters=True,  # an error that is logged must not hold what was to be stored
            connect_args={"timeout": 10, "async_creator_fn": connect},
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=_OVERFLOW,
            pool_timeout=2,
            pool_use_lifo=True,  # the one used last has the statements and pages at hand
            json_deserializer=_read_json,
            hide_parameters=True,
            connect_args={
                "timeout": 5,
                "command_timeout": 10,
                "max_cacheable_statement_size": LARGEST_PREPARED,
                "server_settings": {"application_name": "claimsmith", "timezone": "UTC"},
            },
        )
        ask_rested(engine.sync_engine)
    guard(engine.sync_engine)
    return engine


def _read_json(text: str) -> Any:
    """Return what JSON stands for that this program or PostgreSQL wrote: without space around it."""
    return _SCAN(text, 0)[0]


def _prepare_sqlite(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # transactions are begun by _begin_sqlite
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DB-API connection
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "cache_size=-1000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin when SQLAlchemy means to, unless that is for `Transaction` to do."""
    if not connection.get_execution_options().get(BEGUN):
        driver: Any = connection.connection.driver_connection
        driver.begin_with_next(writes=False)
