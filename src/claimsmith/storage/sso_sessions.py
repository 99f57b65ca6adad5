"""Store SSO sessions; of a session's token only the hash."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update

from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.storage.questions import Question, Row, given, own
from claimsmith.storage.store import Store
from claimsmith.storage.tables import sso_sessions

_FIELDS = tuple(field.name for field in fields(SsoSession))
_MARKED = ("last_seen_at", "expires_at", "organization_code")


def _changing(*names: str) -> Question:
    """Change a live session."""
    columns = sso_sessions.c
    return Question(
        update(sso_sessions)
        .where(
            own(sso_sessions),
            columns.id == given(columns.id),
            columns.ended_at.is_(None),
            columns.expires_at > given(columns.expires_at, "now"),
        )
        .values({name: given(columns[name]) for name in names})
        .returning(columns.id)
    )


_MARK = _changing(*_MARKED)
_RENEW = _changing("hash", *(name for name in _FIELDS if name != "id"))


class SsoSessionStore(Store):
    """Store the SSO sessions of one environment."""

    async def add(self, session: SsoSession, hash: bytes) -> None:
        """Insert one session under the hash of its token."""
        await self.insert_later(sso_sessions, hash=hash, **_columns(session))

    async def find(self, session_id: str) -> SsoSession | None:
        """Return one session, live or not, or `None`."""
        row = await self.find_one(sso_sessions, id=session_id)
        return _session(row) if row else None

    async def find_by_hash(self, hash: bytes) -> SsoSession | None:
        """Return the session of a token's hash, live or not, or `None`."""
        row = await self.find_one(sso_sessions, hash=hash)
        return _session(row) if row else None

    async def live_of_user(self, user_id: str, now: datetime, *, limit: int) -> list[SsoSession]:
        """Return a user's live sessions, the newest first."""
        rows = await self.rows(
            self.select(sso_sessions, sso_sessions.c.user_id == user_id, *_live(now))
            .order_by(sso_sessions.c.created_at.desc(), sso_sessions.c.id)
            .limit(limit)
        )
        return [_session(row) for row in rows]

    async def renew(self, session: SsoSession, hash: bytes, now: datetime) -> bool:
        """Give a live session another token and other facts; tell whether it was live.

        The token it had opens nothing any more.
        """
        return bool(await self.ask(_RENEW, **_columns(session), hash=hash, now=now))

    async def mark(self, session: SsoSession, now: datetime) -> bool:
        """Write down activity and the organization in use; tell whether the session was live."""
        values = {name: getattr(session, name) for name in _MARKED}
        return bool(await self.ask(_MARK, id=session.id, now=now, **values))

    async def end(self, session_id: str, now: datetime) -> SsoSession | None:
        """End one live session and return it; `None` when it was not live. Of several, one ends it."""
        return next(iter(await self._end(sso_sessions.c.id == session_id, now=now)), None)

    async def end_of_user(
        self, user_id: str, now: datetime, *, but: str | None = None
    ) -> Sequence[SsoSession]:
        """End every live session of a user, but for one, and return those that were live."""
        condition = sso_sessions.c.user_id == user_id
        if but is not None:
            condition &= sso_sessions.c.id != but
        return await self._end(condition, now=now)

    async def end_in_organization(
        self, organization_code: str, now: datetime, *, user_id: str | None = None
    ) -> Sequence[SsoSession]:
        """End every live session that is in an organization, or those of one user; return what was live."""
        condition = sso_sessions.c.organization_code == organization_code
        if user_id is not None:
            condition &= sso_sessions.c.user_id == user_id
        return await self._end(condition, now=now)

    async def sweep(self, before: datetime) -> None:
        """Delete the sessions that ended or expired before a moment."""
        await self.run(self.delete(sso_sessions, sso_sessions.c.expires_at < before))

    async def _end(self, condition: ColumnElement[bool], *, now: datetime) -> list[SsoSession]:
        ended = await self.connection.execute(
            update(sso_sessions)
            .where(self.within(sso_sessions), condition, *_live(now))
            .values(ended_at=now, expires_at=now)
            .returning(sso_sessions)
        )
        return [_session(row) for row in ended.mappings().all()]


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return sso_sessions.c.ended_at.is_(None), sso_sessions.c.expires_at > now


def _columns(session: SsoSession) -> dict[str, Any]:
    values = {name: getattr(session, name) for name in _FIELDS}
    values["methods"] = list(session.methods)
    return values


def _session(row: Row) -> SsoSession:
    values = {name: row[name] for name in _FIELDS}
    values["methods"] = tuple(row["methods"])
    return SsoSession(**values)
