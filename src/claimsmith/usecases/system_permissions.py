"""Let roles have the permissions that this server itself goes by.

They are permissions like others, by reserved meanings of their keys: one is made when the first role gets it,
and is then in tokens as any other is. Its id is known before it is made.
"""

import uuid
from collections.abc import Sequence

from claimsmith.domain.errors import AlreadyExists, NotFound
from claimsmith.domain.paging import Page, slice_page
from claimsmith.domain.permissions import Permission
from claimsmith.domain.system_permissions import SYSTEM_PERMISSIONS
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.permissions import check_sort
from claimsmith.usecases.role_contents import DELETE, ChangedPermissions, check_count, check_operation
from claimsmith.usecases.roles import find_role

_SPACE = uuid.UUID("6c2d0f4e-8f0b-4f0e-9a56-3f1d2f1f7a10")


async def list_system_permissions(
    context: Context,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Permission]:
    """Return one page of the system permissions, by name unless `sort` says otherwise.

    Raises `InvalidInput`.
    """
    async with context.reading() as work:
        found = await _all(work)
    return _page(found, sort, page_size, next_token)


async def list_role_system_permissions(
    context: Context,
    role_id: str,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Permission]:
    """Return one page of those that a role has. Raises `NotFound`, `InvalidInput`."""
    async with context.reading() as work:
        await find_role(work, role_id)
        found = [
            each for each in await _all(work) if await work.role_contents.has_permission(role_id, each.id)
        ]
    return _page(found, sort, page_size, next_token)


async def change_role_system_permissions(
    context: Context, role_id: str, operations: Sequence[tuple[str, str | None]]
) -> ChangedPermissions:
    """Put system permissions into a role, or take those out whose operation is `delete`: all or none.

    `operations` are ids with their operation. Raises `NotFound`, `InvalidInput` for another operation,
    `AlreadyExists` for one whose key was changed.
    """
    check_count(len(operations), "system_permissions")
    added: list[str] = []
    removed: list[str] = []
    async with context.changing() as work:
        await find_role(work, role_id)
        known = {each.id: each for each in await _all(work)}
        for position, (permission_id, operation) in enumerate(operations):
            check_operation(operation, f"system_permissions[{position}].operation")
            if permission_id not in known:
                raise NotFound(
                    f"There is no system permission {permission_id!r}.", code="SYSTEM_PERMISSION_NOT_FOUND"
                )
            if operation == DELETE:
                if await work.role_contents.remove_permission(role_id, permission_id):
                    removed.append(permission_id)
            elif not await work.role_contents.has_permission(role_id, permission_id):
                await _ensure(work, known[permission_id])
                await work.role_contents.add_permission(role_id, permission_id)
                added.append(permission_id)
        work.record("role", role_id, "changed")
    return ChangedPermissions(tuple(added), tuple(removed))


async def _all(work: Work) -> list[Permission]:
    """Return every system permission: as it is stored, or as it will be."""
    found = []
    for each in SYSTEM_PERMISSIONS:
        made = Permission(
            str(uuid.uuid5(_SPACE, f"{work.environment_id}|{each.key}")),
            each.key,
            each.name,
            each.description,
        )
        found.append(await work.permissions.find_by_key(each.key) or made)
    return found


async def _ensure(work: Work, permission: Permission) -> None:
    found = await work.permissions.find(permission.id)
    if found is None:
        await work.permissions.add(permission)
        work.record("permission", permission.id, "created")
    elif found.key != permission.key:
        raise AlreadyExists(
            f"The permission {permission.key!r} was renamed to {found.key!r}; give it its key again.",
            field="key",
            code="SYSTEM_PERMISSION_RENAMED",
        )


def _page(
    found: Sequence[Permission], sort: str | None, page_size: int | None, next_token: str | None
) -> Page[Permission]:
    order = check_sort(sort)

    def by(permission: Permission) -> tuple[str, str]:
        return (permission.name if order.startswith("name") else permission.id, permission.id)

    ordered = sorted(found, key=by, reverse=order.endswith("_desc"))
    return slice_page(ordered, lambda each: each.id, page_size=page_size, starting_after=next_token)
