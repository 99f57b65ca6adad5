"""Define permissions: the rights that roles are made of and that tokens carry by their keys."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.keys_and_names import check_key, check_name, check_text
from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

SORTS = ("name_asc", "name_desc", "id_asc", "id_desc")
LONGEST_DESCRIPTION = 512


async def create_permission(
    context: Context, *, name: str, key: str, description: str | None = None
) -> Permission:
    """Define a permission. Raises `InvalidInput`, `AlreadyExists` for a key that is taken."""
    permission = _checked(Permission(str(uuid.uuid4()), key, name, description or None))
    async with context.changing() as work:
        await _check_key_free(work, permission)
        await work.permissions.add(permission)
        work.record("permission", permission.id, "created")
    return permission


async def get_permission(context: Context, permission_id: str) -> Permission:
    """Return one permission. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_permission(work, permission_id)


async def list_permissions(
    context: Context,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Permission]:
    """Return one page of permissions, by name unless `sort` says otherwise."""
    order = check_sort(sort)
    async with context.reading() as work:
        return await work.permissions.page_sorted(
            page_size=page_size,
            next_token=next_token,
            order_by_name=order.startswith("name"),
            descending=order.endswith("_desc"),
        )


async def change_permission(context: Context, permission_id: str, changes: Mapping[str, Any]) -> Permission:
    """Change `name`, `key` or `description`. Raises `NotFound`, `InvalidInput`, `AlreadyExists`.

    Another key is in the next token of whoever holds the permission.
    """
    async with context.changing() as work:
        changed = _checked(replace(await find_permission(work, permission_id), **changes))
        await _check_key_free(work, changed)
        await work.permissions.replace(changed)
        work.record("permission", permission_id, "changed")
    return changed


async def delete_permission(context: Context, permission_id: str) -> None:
    """Delete a permission; roles and members lose it. Raises `NotFound`.

    Raises `NotPermitted` while it guards a role: without the permission anybody could assign that role.
    """
    async with context.changing() as work:
        permission = await find_permission(work, permission_id)
        guarded = await work.roles.guarded_by(permission_id)
        if guarded:
            raise NotPermitted(
                f"Only holders of {permission.key!r} may assign the role {guarded[0].key!r}; change its "
                "assignment_permission_id first.",
                code="PERMISSION_GUARDS_ROLE",
            )
        await work.permissions.remove(permission_id)
        work.record("permission", permission_id, "deleted")


async def find_permission(work: Work, permission_id: str) -> Permission:
    """Return one permission of the environment. Raises `NotFound`."""
    permission = await work.permissions.find(permission_id)
    if permission is None:
        raise NotFound(f"There is no permission {permission_id!r}.", code="PERMISSION_NOT_FOUND")
    return permission


def check_sort(sort: str | None) -> str:
    """Return the order of a list of permissions, by name when none is given. Raises `InvalidInput`."""
    if sort not in (None, *SORTS):
        raise InvalidInput(f"sort is {sort!r}; use {', '.join(SORTS)}.", field="sort", code="SORT_INVALID")
    return sort or "name_asc"


def _checked(permission: Permission) -> Permission:
    check_name(permission.name, "name")
    check_key(permission.key, "key")
    if permission.description:
        check_text(permission.description, "description", LONGEST_DESCRIPTION, multiline=True)
    return permission


async def _check_key_free(work: Work, permission: Permission) -> None:
    other = await work.permissions.find_by_key(permission.key)
    if other is not None and other.id != permission.id:
        raise AlreadyExists(
            f"A permission {permission.key!r} exists.", field="key", code="PERMISSION_ALREADY_EXISTS"
        )
