"""Store invitations; of an invitation's code only the hash."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select

from claimsmith.domain.invitations import Invitation
from claimsmith.domain.paging import Page
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import invitations


@dataclass(frozen=True, slots=True)
class InvitationQuery:
    """Hold which invitations of an organization a list is to have, and in which order."""

    organization_code: str
    with_accepted: bool = False
    with_revoked: bool = False
    order: Literal["created_on", "email", "name"] = "created_on"
    descending: bool = False


class InvitationStore(Store):
    """Store the invitations of one environment."""

    async def find(self, invitation_id: str) -> Invitation | None:
        """Return one invitation, whatever became of it, or `None`."""
        row = await self.find_one(invitations, id=invitation_id)
        return _invitation(row) if row else None

    async def find_by_hash(self, hash: bytes) -> Invitation | None:
        """Return the invitation of a code's hash, whatever became of it, or `None`."""
        row = await self.find_one(invitations, hash=hash)
        return _invitation(row) if row else None

    async def page_of(
        self, query: InvitationQuery, *, page_size: int | None, next_token: str | None
    ) -> Page[Invitation]:
        """Return one page of the invitations of an organization."""
        full_name = (
            func.coalesce(invitations.c.first_name, "") + " " + func.coalesce(invitations.c.last_name, "")
        )
        name = func.lower(full_name).label("sorting_name")
        conditions = [invitations.c.organization_code == query.organization_code]
        if not query.with_accepted:
            conditions.append(invitations.c.accepted_at.is_(None))
        if not query.with_revoked:
            conditions.append(invitations.c.revoked_at.is_(None))
        column: Any = {"created_on": invitations.c.created_at, "email": invitations.c.email, "name": name}
        return await self.page(
            select(invitations, name).where(self.within(invitations), *conditions),
            (column[query.order], invitations.c.id),
            _invitation,
            page_size=page_size,
            next_token=next_token,
            descending=query.descending,
        )

    async def pending_for(self, organization_code: str, email: str, now: datetime) -> list[Invitation]:
        """Return the invitations of an address to an organization that could be accepted."""
        rows = await self.rows(
            self.select(
                invitations,
                invitations.c.organization_code == organization_code,
                invitations.c.email == email,
                *_pending(now),
            )
        )
        return [_invitation(row) for row in rows]

    async def count(
        self, organization_code: str, *, created_after: datetime, now: datetime
    ) -> tuple[int, int]:
        """Return how many invitations an organization made after a moment, and how many are pending."""
        of_organization = invitations.c.organization_code == organization_code
        pending = func.count(invitations.c.id).filter(*_pending(now))
        recent = func.count(invitations.c.id).filter(invitations.c.created_at > created_after)
        counted: Any = select(recent.label("recent"), pending.label("pending"))
        row = await self.row(counted.where(self.within(invitations), of_organization))
        return (row["recent"], row["pending"]) if row else (0, 0)

    async def add(self, invitation: Invitation, hash: bytes) -> None:
        """Insert one invitation under the hash of its code."""
        await self.insert(invitations, hash=hash, **_columns(invitation))

    async def renew(self, invitation: Invitation, hash: bytes) -> None:
        """Give an invitation another code, which ends the one it had, and write when it is over."""
        values = {"hash": hash, "expires_at": invitation.expires_at, "sent_at": invitation.sent_at}
        await self.change(invitations, {"id": invitation.id}, **values)

    async def revoke(self, invitation_id: str, now: datetime) -> bool:
        """Revoke an invitation that nobody accepted; tell whether it was neither accepted nor revoked."""
        condition = (
            invitations.c.id == invitation_id,
            invitations.c.accepted_at.is_(None),
            invitations.c.revoked_at.is_(None),
        )
        return await self.run(self.update(invitations, *condition).values(revoked_at=now)) > 0

    async def accept(self, invitation_id: str, user_id: str, now: datetime) -> bool:
        """Accept an invitation if it can be; of several who try, one is told so: one statement."""
        condition = (invitations.c.id == invitation_id, *_pending(now))
        values = {"accepted_at": now, "accepted_by": user_id}
        return await self.run(self.update(invitations, *condition).values(**values)) > 0


def _pending(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        invitations.c.accepted_at.is_(None),
        invitations.c.revoked_at.is_(None),
        invitations.c.expires_at > now,
    )


def _columns(invitation: Invitation) -> dict[str, Any]:
    values = {field.name: getattr(invitation, field.name) for field in fields(Invitation)}
    values["role_ids"] = list(invitation.role_ids)
    return values


def _invitation(row: Row) -> Invitation:
    values = {field.name: row[field.name] for field in fields(Invitation)}
    values["role_ids"] = tuple(row["role_ids"])
    return Invitation(**values)
