"""Count what is asked of the database, as its driver hears it."""

import asyncio
import re
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b")


class Counted:
    """Count the statements that are sent meanwhile, and the transactions that are begun for them.

    One that PostgreSQL runs by itself is none. Connections that were in use before are waited for.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.sync_engine
        self.kinds: list[str] = []
        self.begun = 0
        self._is_counting = False

    async def __aenter__(self) -> "Counted":
        event.listen(self._engine, "checkout", self._watch)
        event.listen(self._engine, "before_cursor_execute", self._prepared)
        await asyncio.sleep(0.1)  # nobody keeps a connection that is not watched
        self._is_counting = True
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.01)  # asyncpg tells of a statement a moment after its answer
        self._is_counting = False
        event.remove(self._engine, "checkout", self._watch)
        event.remove(self._engine, "before_cursor_execute", self._prepared)

    def begin_anew(self) -> None:
        """Forget what was counted."""
        self.kinds.clear()
        self.begun = 0

    @property
    def reads(self) -> int:
        return self.kinds.count("SELECT")

    @property
    def writes(self) -> int:
        return len(self.kinds) - self.reads

    def _watch(self, connection: Any, *_: object) -> None:
        driver = connection.driver_connection
        if hasattr(driver, "set_trace_callback"):
            await_only(driver.set_trace_callback(self._note))
        else:
            driver.add_query_logger(self._hear)

    def _prepared(self, connection: Any, _cursor: object, statement: str, *_: object) -> None:
        if connection.dialect.name == "postgresql":  # asyncpg tells nothing of what SQLAlchemy prepared
            self._note(statement)

    def _hear(self, logged: Any) -> None:
        self._note(logged.query)

    def _note(self, statement: str) -> None:
        kind = statement.split()[0].rstrip(";") if statement.strip(";") else "ping"
        if kind == "WITH" and not WRITES.search(statement):
            kind = "SELECT"
        if not self._is_counting:
            return
        self.begun += kind == "BEGIN"
        if kind not in ("BEGIN", "COMMIT", "ping"):
            self.kinds.append(kind)
