"""Store logout notices until they are delivered."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import or_, select

from claimsmith.domain.logout_notices import LogoutNotice
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import applications, grants, logout_notices

_FIELDS = tuple(field.name for field in fields(LogoutNotice))


class LogoutNoticeStore(Store):
    """Store the logout notices of one environment."""

    async def clients_to_tell(self, session_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return pairs of a session and a client that was signed in to in it and wants to be told."""
        same = grants.c.environment_id == applications.c.environment_id
        found = await self.connection.execute(
            select(grants.c.session_id, grants.c.client_id)
            .distinct()
            .select_from(grants.join(applications, same & (applications.c.id == grants.c.client_id)))
            .where(
                self.within(grants),
                grants.c.session_id.in_(session_ids),
                applications.c.backchannel_logout_uri.is_not(None),
            )
            .order_by(grants.c.session_id, grants.c.client_id)
        )
        return [(row[0], row[1]) for row in found.all()]

    async def add_many(self, notices: Sequence[LogoutNotice]) -> None:
        """Insert several notices; none is fine."""
        await self.insert_many(logout_notices, [asdict(notice) for notice in notices])

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Return the ids of notices to deliver now that no process is delivering, the oldest first."""
        rows = await self.rows(
            self.select(
                logout_notices,
                logout_notices.c.sent_at.is_(None),
                logout_notices.c.given_up_at.is_(None),
                logout_notices.c.due_at <= now,
                or_(logout_notices.c.taken_until.is_(None), logout_notices.c.taken_until < now),
            )
            .order_by(logout_notices.c.due_at, logout_notices.c.id)
            .limit(limit)
        )
        return [row["id"] for row in rows]

    async def take(self, notice_id: str, now: datetime, until: datetime) -> LogoutNotice | None:
        """Take a notice for delivery in one statement; `None` when another process has it."""
        found = await self.connection.execute(
            self.update(
                logout_notices,
                logout_notices.c.id == notice_id,
                logout_notices.c.sent_at.is_(None),
                logout_notices.c.given_up_at.is_(None),
                or_(logout_notices.c.taken_until.is_(None), logout_notices.c.taken_until < now),
            )
            .values(taken_until=until, tries=logout_notices.c.tries + 1)
            .returning(*logout_notices.c)
        )
        row = found.mappings().first()
        return _notice(row) if row else None

    async def delivered(self, notice_id: str, now: datetime) -> None:
        """Mark a notice as delivered."""
        statement = self.update(logout_notices, logout_notices.c.id == notice_id)
        await self.run(statement.values(sent_at=now, taken_until=None, last_error=None))

    async def failed(self, notice_id: str, error: str, *, due_at: datetime | None, now: datetime) -> None:
        """Note a failed call; `due_at` of `None` gives the notice up."""
        statement = self.update(logout_notices, logout_notices.c.id == notice_id)
        told = statement.values(last_error=error[:200], taken_until=None)
        await self.run(told.values(given_up_at=now) if due_at is None else told.values(due_at=due_at))

    async def sweep(self, before: datetime) -> None:
        """Delete the notices that were due before a moment."""
        await self.run(self.delete(logout_notices, logout_notices.c.due_at < before))


def _notice(row: Row) -> LogoutNotice:
    return LogoutNotice(**{name: row[name] for name in _FIELDS})
