"""Store grants: what codes and refresh tokens stand for.

Taking a code and rotating a refresh token are one conditional statement each: of two that try, one wins.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    case,
    or_,
    select,
    update,
)

from claimsmith.domain.grants import Grant, GrantLifetimes
from claimsmith.storage.questions import Answer, Question, given, own
from claimsmith.storage.store import Store
from claimsmith.storage.tables import grants, memberships, organizations, revoked_tokens, users
from claimsmith.storage.transactions import Transaction

_FIELDS = tuple(field.name for field in fields(Grant))
_COLUMNS = tuple(column.name for column in grants.c)
_LISTS = ("scopes", "audiences", "methods")


def given_to(lifetimes: GrantLifetimes, grant_id: str, now: datetime, **values: Any) -> dict[str, Any]:
    """Return the parameters of `TAKE_CODE` (with a sequence) or `ROTATE` (with a client and a sequence)."""
    return {
        "id": grant_id,
        "now": now,
        "refresh_expires_at": lifetimes.refresh_expires_at,
        "expires_at": lifetimes.expires_at,
        **values,
    }


def _given(name: str) -> BindParameter[Any]:
    return given(grants.c["created_at" if name == "now" else name], name)


def _changing(*conditions: ColumnElement[bool], returns: Any = grants, **values: Any) -> Question:
    """Change one grant in force when it meets the conditions; a token that was issued keeps its row."""
    expires_at = _given("expires_at")
    later = case((grants.c.expires_at > expires_at, grants.c.expires_at), else_=expires_at)
    return Question(
        update(grants)
        .where(
            own(grants),
            grants.c.id == _given("id"),
            *conditions,
            grants.c.revoked_at.is_(None),
        )
        .values(refresh_expires_at=_given("refresh_expires_at"), expires_at=later, **values)
        .returning(returns)
    )


TAKE_CODE = _changing(
    grants.c.code_used_at.is_(None),
    grants.c.code_expires_at > _given("now"),
    code_used_at=_given("now"),
    sequence=_given("sequence"),
)
"""Spend the code of a grant and begin its refresh tokens; no row when there is nothing to be spent."""
ROTATE = _changing(
    grants.c.client_id == _given("client_id"),
    grants.c.sequence == _given("sequence"),
    grants.c.refresh_expires_at > _given("now"),
    sequence=_given("sequence") + 1,
    rotated_at=_given("now"),
    returns=grants.c.id,
)
"""Replace the refresh token with a number by the next one; no row when that one is not in force."""


def _in_force() -> Question:
    there = and_(_same(users), users.c.id == grants.c.user_id, ~users.c.is_suspended)
    its_organization = and_(_same(organizations), organizations.c.code == grants.c.organization_code)
    member = and_(
        _same(memberships),
        memberships.c.user_id == grants.c.user_id,
        memberships.c.organization_code == grants.c.organization_code,
    )
    spent = and_(
        own(revoked_tokens),
        revoked_tokens.c.jti == given(revoked_tokens.c.jti),
    )
    return Question(
        select(grants)
        .select_from(
            grants.join(users, there)
            .outerjoin(organizations, its_organization)
            .outerjoin(memberships, member)
            .outerjoin(revoked_tokens, spent)
        )
        .where(
            own(grants),
            grants.c.id == given(grants.c.id),
            grants.c.revoked_at.is_(None),
            revoked_tokens.c.jti.is_(None),
            or_(
                grants.c.organization_code.is_(None),
                and_(memberships.c.user_id.is_not(None), ~organizations.c.is_suspended),
            ),
        )
    )


def _same(table: Any) -> Any:
    return table.c.environment_id == grants.c.environment_id


IN_FORCE = _in_force()
"""The grant `id` when tokens of it are good, and the one with this `jti` was not revoked by itself.

They are good while the grant is not revoked, its user and organization exist and are not suspended, and the
user is still a member.
"""


class GrantStore(Store):
    """Store the grants of one environment. Every statement decides by the moment its transaction began."""

    def __init__(self, connection: Transaction, environment_id: str, now: datetime) -> None:
        """Bind the store to one environment of one transaction, and to its moment."""
        super().__init__(connection, environment_id)
        self.now = now

    async def add(self, grant: Grant, code_hash: bytes | None = None) -> None:
        """Insert one grant, with the hash of its authorization code if it has one."""
        values = {name: getattr(grant, name) for name in _FIELDS}
        values.update({name: list(values[name]) for name in _LISTS})
        await self.insert_later(grants, **values, code_hash=code_hash)

    async def find(self, grant_id: str) -> Grant | None:
        """Return one grant, or `None`."""
        row = await self.find_one(grants, id=grant_id)
        return _grant(row) if row else None

    async def find_in_force(self, grant_id: str, token_id: str) -> Grant | None:
        """Return the grant of a token when the token is good (`IN_FORCE`)."""
        return grant_of(await self.ask(IN_FORCE, id=grant_id, jti=token_id))

    async def take_code(self, grant_id: str, *, sequence: int, lifetimes: GrantLifetimes) -> Grant | None:
        """Spend the code of a grant and begin its refresh tokens at `sequence` (0: there are none).

        Returns `None` when the code was spent before, has expired, or the grant was revoked.
        """
        values = given_to(lifetimes, grant_id, self.now, sequence=sequence)
        return grant_of(await self.ask(TAKE_CODE, **values))

    async def revoke(self, grant_id: str, because: str) -> bool:
        """Revoke one grant; tell whether it was in force. `because` is a short word for the record."""
        return await self._revoke([grants.c.id == grant_id], because) > 0

    async def revoke_where(
        self,
        *,
        because: str,
        user_id: str | None = None,
        session_id: str | None = None,
        organization_code: str | None = None,
        client_id: str | None = None,
        keeps_offline: bool = False,
        keeps_session_id: str | None = None,
    ) -> int:
        """Revoke every grant that meets all of the given conditions; return how many.

        `keeps_offline` spares those with a refresh token: who asked for one wanted to go on without the user;
        `keeps_session_id` spares those of one session. Raises `ValueError` without a condition: nobody means
        every grant of an environment.
        """
        wanted = {
            "user_id": user_id,
            "session_id": session_id,
            "organization_code": organization_code,
            "client_id": client_id,
        }
        conditions = [grants.c[name] == value for name, value in wanted.items() if value is not None]
        if not conditions:
            raise ValueError("revoke_where needs a user, a session, an organization or a client")
        if keeps_offline:
            conditions.append(grants.c.refresh_expires_at.is_(None))
        if keeps_session_id is not None:
            conditions.append(grants.c.session_id.is_distinct_from(keeps_session_id))
        return await self._revoke(conditions, because)

    async def clients_of_session(self, session_id: str, limit: int) -> list[str]:
        """Return the clients that were signed in to in a session."""
        found = await self.connection.execute(
            select(grants.c.client_id)
            .distinct()
            .where(self.within(grants), grants.c.session_id == session_id)
            .order_by(grants.c.client_id)
            .limit(limit)
        )
        return [row[0] for row in found.all()]

    async def sweep(self, before: datetime) -> int:
        """Forget the grants of which nothing is alive since a moment; return how many."""
        return await self.run(self.delete(grants, grants.c.expires_at < before))

    async def _revoke(self, conditions: list[Any], because: str) -> int:
        statement = self.update(grants, *conditions, grants.c.revoked_at.is_(None))
        return await self.run(statement.values(revoked_at=self.now, revoked_because=because))


def grant_of(answer: Answer) -> Grant | None:
    """Return the grant of the row that `TAKE_CODE` or `IN_FORCE` gave, or `None`."""
    return _grant(dict(zip(_COLUMNS, answer[0], strict=True))) if answer else None


def _grant(row: Mapping[Any, Any]) -> Grant:
    values = {name: row[name] for name in _FIELDS}
    values.update({name: tuple(values[name]) for name in _LISTS})
    return Grant(**values)
