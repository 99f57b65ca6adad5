"""Remember revoked tokens: the protocol's `Revocations`, kept in the database."""

from collections.abc import Callable
from datetime import datetime

from claimsmith.storage.database import Database


class StoredRevocations:
    """Write and read revocations in the database, so that every process knows them at once."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        """Take the database and the clock."""
        self._database = database
        self._now = now

    async def revoke(self, environment_id: str, token_id: str, expires_at: datetime) -> None:
        """Remember a token by its `jti` until it expires. Raises `Unavailable`."""
        async with self._database.storing(environment_id) as work:
            await work.revoked_tokens.add(token_id, expires_at=expires_at, revoked_at=self._now())

    async def is_revoked(self, environment_id: str, token_id: str) -> bool:
        """Tell whether a token was revoked. Raises `Unavailable`."""
        async with self._database.reading(environment_id) as work:
            return await work.revoked_tokens.holds(token_id)
