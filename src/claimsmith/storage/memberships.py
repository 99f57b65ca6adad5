"""Store memberships and what members hold. Lists of members are in `member_lists.py`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, Table, select

from claimsmith.domain.memberships import Holdings, Membership
from claimsmith.domain.organizations import Organization
from claimsmith.storage.organizations import organization_of
from claimsmith.storage.questions import Question, equal
from claimsmith.storage.store import Store
from claimsmith.storage.tables import (
    membership_permissions,
    membership_roles,
    membership_scopes,
    memberships,
    organizations,
)

Kind = Literal["role", "permission", "scope"]

_HELD: dict[Kind, tuple[Table, Column[str]]] = {
    "role": (membership_roles, membership_roles.c.role_id),
    "permission": (membership_permissions, membership_permissions.c.permission_id),
    "scope": (membership_scopes, membership_scopes.c.scope_id),
}


_SAME = (memberships.c.environment_id == organizations.c.environment_id) & (
    memberships.c.organization_code == organizations.c.code
)
_ORGANIZATIONS = Question(
    select(organizations)
    .select_from(memberships.join(organizations, _SAME))
    .where(*equal(memberships, "user_id"))
    .order_by(organizations.c.name, organizations.c.code)
)


class MembershipStore(Store):
    """Store the memberships of one environment."""

    async def find(self, user_id: str, organization_code: str) -> Membership | None:
        """Return one membership, or `None`."""
        row = await self.find_one(memberships, user_id=user_id, organization_code=organization_code)
        return Membership(user_id, organization_code, row["joined_at"]) if row else None

    async def organizations_of(self, user_id: str) -> list[Organization]:
        """Return the organizations that a user is a member of, in the order of their names."""
        rows = await self.ask_rows(_ORGANIZATIONS, user_id=user_id)
        return [organization_of(row) for row in rows]

    async def add(self, user_id: str, organization_code: str, joined_at: datetime) -> bool:
        """Insert one membership; tell whether there was none."""
        return await self.insert_if_free(
            memberships, user_id=user_id, organization_code=organization_code, joined_at=joined_at
        )

    async def remove(self, user_id: str, organization_code: str) -> bool:
        """Delete one membership with what the member held; tell whether it was there."""
        condition = _pair(memberships, user_id, organization_code)
        return await self.run(self.delete(memberships, *condition)) > 0

    async def holdings(self, user_id: str, organization_code: str) -> Holdings:
        """Return what a member was given; nothing for who is no member: three queries."""
        found = {
            kind: frozenset(
                row[column.key]
                for row in await self.find_all(table, user_id=user_id, organization_code=organization_code)
            )
            for kind, (table, column) in _HELD.items()
        }
        return Holdings(found["role"], found["permission"], found["scope"])

    async def give(self, kind: Kind, user_id: str, organization_code: str, ids: Collection[str]) -> int:
        """Give a member roles, permissions or scopes by their ids; return how many the member had not."""
        table, column = _HELD[kind]
        given = 0
        for each in sorted(ids):
            values = {"user_id": user_id, "organization_code": organization_code, column.key: each}
            given += await self.insert_if_free(table, **values)
        return given

    async def take(self, kind: Kind, user_id: str, organization_code: str, held_id: str) -> bool:
        """Take one role, permission or scope from a member; tell whether the member had it."""
        table, column = _HELD[kind]
        condition = (*_pair(table, user_id, organization_code), column == held_id)
        return await self.run(self.delete(table, *condition)) > 0


def _pair(table: Table, user_id: str, organization_code: str) -> tuple[Any, Any]:
    return table.c.user_id == user_id, table.c.organization_code == organization_code
