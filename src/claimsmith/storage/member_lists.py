"""List the members of organizations and the holders of roles."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, Table, exists, func, or_, select

from claimsmith.domain.memberships import Member
from claimsmith.domain.paging import Page
from claimsmith.domain.roles import Role
from claimsmith.domain.users import IdentityType
from claimsmith.storage.questions import Row
from claimsmith.storage.roles import role_of
from claimsmith.storage.store import Store
from claimsmith.storage.tables import (
    identities,
    membership_permissions,
    membership_roles,
    memberships,
    role_permissions,
    roles,
    users,
)
from claimsmith.storage.users import user_of


@dataclass(frozen=True, slots=True)
class MemberQuery:
    """Hold which members a list is to have, and in which order.

    Every role and every permission must be held; a permission also through a role.
    """

    organization_code: str
    role_ids: Collection[str] = ()
    permission_ids: Collection[str] = ()
    order: Literal["id", "name", "email"] = "id"
    descending: bool = False


class MemberListStore(Store):
    """List who belongs to the organizations of one environment."""

    async def page_of(
        self, query: MemberQuery, *, page_size: int | None, next_token: str | None
    ) -> Page[Member]:
        """Return one page of members with their roles: two queries."""
        email = self._email().label("email")
        full_name = func.coalesce(users.c.first_name, "") + " " + func.coalesce(users.c.last_name, "")
        name = func.lower(full_name).label("sorting_name")
        statement = (
            select(users, memberships.c.joined_at, email, name)
            .select_from(memberships.join(users, _same(memberships, "user_id", users, "id")))
            .where(self.within(memberships), memberships.c.organization_code == query.organization_code)
            .where(*[self._has_role(role_id) for role_id in query.role_ids])
            .where(*[self._has_permission(permission_id) for permission_id in query.permission_ids])
        )
        column: Any = {"name": name, "email": email, "id": users.c.id}[query.order]
        page = await self.page(
            statement,
            (column, users.c.id),
            _member,
            page_size=page_size,
            next_token=next_token,
            descending=query.descending,
        )
        held = await self._roles_of_many(query.organization_code, [each.user.id for each in page.items])
        return Page([replace(each, roles=tuple(held[each.user.id])) for each in page.items], page.next_token)

    async def page_of_role(
        self,
        role_id: str,
        organization_code: str | None,
        *,
        page_size: int | None,
        next_token: str | None,
    ) -> Page[str]:
        """Return one page of the ids of the users who have a role, in one organization or in any."""
        held = membership_roles
        statement = select(held.c.user_id).distinct().where(self.within(held), held.c.role_id == role_id)
        if organization_code is not None:
            statement = statement.where(held.c.organization_code == organization_code)
        return await self.page(
            statement,
            (held.c.user_id, held.c.user_id),
            lambda row: str(row["user_id"]),
            page_size=page_size,
            next_token=next_token,
        )

    async def organization_codes(self, role_id: str, user_ids: Collection[str]) -> dict[str, list[str]]:
        """Return by user the codes of the organizations where users have a role: one query."""
        held = membership_roles
        found: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
        if found:
            statement = self.select(held, held.c.role_id == role_id, held.c.user_id.in_(list(found)))
            for row in await self.rows(statement.order_by(held.c.organization_code)):
                found[row["user_id"]].append(row["organization_code"])
        return found

    async def count_of_role(self, role_id: str, organization_code: str) -> int:
        """Return how many members of an organization have a role."""
        held = membership_roles
        counted = select(func.count().label("holders")).select_from(held)
        row = await self.row(
            counted.where(
                self.within(held), held.c.role_id == role_id, held.c.organization_code == organization_code
            )
        )
        return int(row["holders"]) if row else 0

    async def _roles_of_many(self, organization_code: str, user_ids: list[str]) -> dict[str, list[Role]]:
        found: dict[str, list[Role]] = {user_id: [] for user_id in user_ids}
        if found:
            statement = (
                select(roles, membership_roles.c.user_id)
                .select_from(membership_roles.join(roles, _same(membership_roles, "role_id", roles, "id")))
                .where(
                    self.within(membership_roles),
                    membership_roles.c.organization_code == organization_code,
                    membership_roles.c.user_id.in_(user_ids),
                )
                .order_by(roles.c.key)
            )
            for row in await self.rows(statement):
                found[row["user_id"]].append(role_of(row))
        return found

    def _email(self) -> ColumnElement[str]:
        inner = select(func.min(identities.c.value)).where(
            self.within(identities),
            self.within(users),
            identities.c.user_id == users.c.id,
            identities.c.type == IdentityType.EMAIL.value,
            identities.c.is_primary,
        )
        return func.coalesce(inner.correlate(users).scalar_subquery(), "")

    def _has_role(self, role_id: str) -> ColumnElement[bool]:
        return self._held(membership_roles, membership_roles.c.role_id == role_id)

    def _has_permission(self, permission_id: str) -> ColumnElement[bool]:
        containing = select(role_permissions.c.role_id).where(
            self.within(role_permissions), role_permissions.c.permission_id == permission_id
        )
        return or_(
            self._held(membership_permissions, membership_permissions.c.permission_id == permission_id),
            self._held(membership_roles, membership_roles.c.role_id.in_(containing)),
        )

    def _held(self, table: Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        inner: Select[Any] = select(table.c.user_id).where(
            self.within(table),
            self.within(memberships),
            table.c.user_id == memberships.c.user_id,
            table.c.organization_code == memberships.c.organization_code,
            condition,
        )
        return exists(inner.correlate(memberships))


def _same(table: Table, column: str, target: Table, target_column: str) -> Any:
    same_environment = table.c.environment_id == target.c.environment_id
    return same_environment & (table.c[column] == target.c[target_column])


def _member(row: Row) -> Member:
    return Member(user_of(row), row["joined_at"], row["email"] or None)
