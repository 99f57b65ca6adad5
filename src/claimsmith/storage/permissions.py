"""Store permissions."""

from dataclasses import fields
from typing import Any

from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import permissions


class PermissionStore(Store):
    """Store the permissions of one environment."""

    async def all(self) -> list[Permission]:
        """Return every permission in the order of their keys."""
        rows = await self.rows(self.select(permissions).order_by(permissions.c.key))
        return [permission_of(row) for row in rows]

    async def find(self, permission_id: str) -> Permission | None:
        """Return one permission, or `None`."""
        row = await self.find_one(permissions, id=permission_id)
        return permission_of(row) if row else None

    async def find_by_key(self, key: str) -> Permission | None:
        """Return the permission with a key, or `None`."""
        row = await self.find_one(permissions, key=key)
        return permission_of(row) if row else None

    async def page_sorted(
        self, *, page_size: int | None, next_token: str | None, order_by_name: bool, descending: bool
    ) -> Page[Permission]:
        """Return one page of permissions in the order of their names or ids."""
        column = permissions.c.name if order_by_name else permissions.c.id
        return await self.page(
            self.select(permissions),
            (column, permissions.c.id),
            permission_of,
            page_size=page_size,
            next_token=next_token,
            descending=descending,
        )

    async def add(self, permission: Permission) -> None:
        """Insert one permission."""
        await self.insert(permissions, **_columns(permission))

    async def replace(self, permission: Permission) -> None:
        """Write every member of a permission that exists."""
        statement = self.update(permissions, permissions.c.id == permission.id)
        await self.run(statement.values(**_columns(permission)))

    async def remove(self, permission_id: str) -> bool:
        """Delete one permission, also where roles and members have it; tell whether it was there."""
        return await self.remove_all(permissions, id=permission_id) > 0


def permission_of(row: Row) -> Permission:
    """Return the permission of a row of its table."""
    return Permission(**{field.name: row[field.name] for field in fields(Permission)})


def _columns(permission: Permission) -> dict[str, Any]:
    return {field.name: getattr(permission, field.name) for field in fields(Permission)}
