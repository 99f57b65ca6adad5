"""Keep connections that were in use a moment ago at hand: the pool takes longer than most statements do.

The pool checks, resets and counts, and changes greenlets for each. Whoever comes next within a few
milliseconds gets the connection as it was left: every transaction is ended before (`transactions.py`).
"""

import asyncio
from typing import Any

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import greenlet_spawn

from claimsmith.storage.driver_errors import not_connected

AT_HAND_SECONDS = 0.02
"""How long a connection may wait for whoever comes next before the pool has it back."""


class AtHand:
    """Hand out connections of one pool."""

    def __init__(self, engine: AsyncEngine, places: int, *, timeout_seconds: float) -> None:
        """Take how many connections may be in use at once, and how long somebody waits for one."""
        self.engine = engine
        self._places = asyncio.Semaphore(places)
        self._timeout_seconds = timeout_seconds
        self._kept: list[Any] = []
        self._giving_back: asyncio.Task[None] | None = None

    async def take(self) -> Any:
        """Return a connection. Raises what `Database` tells as `Unavailable`."""
        if self._places.locked():
            try:
                await asyncio.wait_for(self._places.acquire(), self._timeout_seconds)
            except TimeoutError:
                raise PoolTimeout("every connection was in use for too long") from None
        else:
            await self._places.acquire()
        try:
            return self._kept.pop() if self._kept else await self._checked_out()
        except BaseException:
            self._places.release()
            raise

    def keep(self, pooled: Any) -> None:
        """Keep a connection on which nothing is under way."""
        self._places.release()
        self._kept.append(pooled)
        if self._giving_back is None or self._giving_back.done():
            self._giving_back = asyncio.create_task(self._give_back_soon())

    async def give_back(self, pooled: Any) -> None:
        """Let the pool have a connection, to reset it or to replace one that was thrown away.

        Where SQLAlchemy holds it, its own connection is given back, with what it holds.
        """
        self._places.release()
        if isinstance(pooled, AsyncConnection):
            await pooled.close()
        else:
            await greenlet_spawn(pooled.close)

    async def close(self) -> None:
        """Let the pool have every connection, now."""
        if self._giving_back is not None:
            self._giving_back.cancel()
        await self._give_all_back()

    async def _give_back_soon(self) -> None:
        await asyncio.sleep(AT_HAND_SECONDS)
        self._giving_back = None
        await self._give_all_back()

    async def _give_all_back(self) -> None:
        while self._kept:
            await greenlet_spawn(self._kept.pop().close)

    async def _checked_out(self) -> Any:
        try:
            return await greenlet_spawn(self.engine.sync_engine.raw_connection)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise not_connected(error, self.engine.dialect) from error
