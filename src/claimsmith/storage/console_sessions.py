"""Store one-time links to the console and the sessions they begin, as hashes."""

from dataclasses import dataclass
from datetime import datetime

from claimsmith.storage.store import Store
from claimsmith.storage.tables import console_links, console_sessions


@dataclass(frozen=True, slots=True)
class StoredSession:
    """Hold one console session."""

    hash: bytes
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime


class ConsoleSessionStore(Store):
    """Store the console links and sessions of one environment."""

    async def add_link(self, hash: bytes, *, created_at: datetime, expires_at: datetime) -> None:
        """Insert one link."""
        await self.insert(console_links, hash=hash, created_at=created_at, expires_at=expires_at)

    async def spend_link(self, hash: bytes, now: datetime) -> bool:
        """Spend a link in one statement, so that only one of several takers wins."""
        spent = await self.run(
            self.update(
                console_links,
                console_links.c.hash == hash,
                console_links.c.used_at.is_(None),
                console_links.c.expires_at > now,
            ).values(used_at=now)
        )
        return spent == 1

    async def add_session(self, session: StoredSession) -> None:
        """Insert one session."""
        await self.insert(
            console_sessions,
            hash=session.hash,
            created_at=session.created_at,
            expires_at=session.expires_at,
            last_seen_at=session.last_seen_at,
        )

    async def find_session(self, hash: bytes) -> StoredSession | None:
        """Return one session, or `None`."""
        row = await self.find_one(console_sessions, hash=hash)
        if row is None:
            return None
        return StoredSession(row["hash"], row["created_at"], row["expires_at"], row["last_seen_at"])

    async def remove_session(self, hash: bytes) -> None:
        """Delete one session."""
        await self.remove_all(console_sessions, hash=hash)

    async def sweep(self, before: datetime) -> None:
        """Delete the links and sessions that expired before a moment."""
        await self.run(self.delete(console_links, console_links.c.expires_at < before))
        await self.run(self.delete(console_sessions, console_sessions.c.expires_at < before))
