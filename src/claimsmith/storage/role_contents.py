"""Store what roles contain: permissions and API scopes."""

from typing import Any

from sqlalchemy import Table, select

from claimsmith.domain.apis import Scope
from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.storage.apis import scope_of
from claimsmith.storage.permissions import permission_of
from claimsmith.storage.store import Store
from claimsmith.storage.tables import api_scopes, permissions, role_permissions, role_scopes

Ids = dict[str, frozenset[str]]


class RoleContentStore(Store):
    """Store which permissions and which API scopes the roles of one environment contain."""

    async def permission_ids(self) -> Ids:
        """Return the ids of the permissions of every role that has any, by role: one query."""
        return await self._ids_by_role(role_permissions, "permission_id")

    async def scope_ids(self) -> Ids:
        """Return the ids of the API scopes of every role that has any, by role: one query."""
        return await self._ids_by_role(role_scopes, "scope_id")

    async def permissions_page(
        self,
        role_id: str,
        *,
        page_size: int | None,
        next_token: str | None,
        order_by_name: bool,
        descending: bool,
    ) -> Page[Permission]:
        """Return one page of a role's permissions in the order of their names or ids."""
        column = permissions.c.name if order_by_name else permissions.c.id
        joined = role_permissions.join(permissions, _same(role_permissions, permissions, "permission_id"))
        return await self.page(
            select(permissions)
            .select_from(joined)
            .where(self.within(role_permissions), role_permissions.c.role_id == role_id),
            (column, permissions.c.id),
            permission_of,
            page_size=page_size,
            next_token=next_token,
            descending=descending,
        )

    async def scopes_of(self, role_id: str) -> list[Scope]:
        """Return the API scopes of a role in the order of their APIs and keys."""
        rows = await self.rows(
            select(api_scopes)
            .select_from(role_scopes.join(api_scopes, _same(role_scopes, api_scopes, "scope_id")))
            .where(self.within(role_scopes), role_scopes.c.role_id == role_id)
        )
        return sorted(map(scope_of, rows), key=lambda scope: (scope.api_id, scope.key))

    async def has_permission(self, role_id: str, permission_id: str) -> bool:
        """Tell whether a role contains a permission."""
        return await self.exists(
            role_permissions,
            role_permissions.c.role_id == role_id,
            role_permissions.c.permission_id == permission_id,
        )

    async def add_permission(self, role_id: str, permission_id: str) -> None:
        """Put a permission into a role; one that is there stays."""
        values = {"role_id": role_id, "permission_id": permission_id}
        await self.upsert(role_permissions, values, ("role_id", "permission_id"), {})

    async def remove_permission(self, role_id: str, permission_id: str) -> bool:
        """Take a permission out of a role; tell whether it was there."""
        condition = (
            role_permissions.c.role_id == role_id,
            role_permissions.c.permission_id == permission_id,
        )
        return await self.run(self.delete(role_permissions, *condition)) > 0

    async def add_scope(self, role_id: str, scope_id: str) -> None:
        """Put an API scope into a role; one that is there stays."""
        await self.upsert(
            role_scopes, {"role_id": role_id, "scope_id": scope_id}, ("role_id", "scope_id"), {}
        )

    async def remove_scope(self, role_id: str, scope_id: str) -> bool:
        """Take an API scope out of a role; tell whether it was there."""
        condition = (role_scopes.c.role_id == role_id, role_scopes.c.scope_id == scope_id)
        return await self.run(self.delete(role_scopes, *condition)) > 0

    async def _ids_by_role(self, table: Table, column: str) -> Ids:
        found: dict[str, set[str]] = {}
        for row in await self.rows(self.select(table)):
            found.setdefault(row["role_id"], set()).add(row[column])
        return {role_id: frozenset(ids) for role_id, ids in found.items()}


def _same(linking: Table, target: Table, column: str) -> Any:
    return (linking.c.environment_id == target.c.environment_id) & (linking.c[column] == target.c.id)
