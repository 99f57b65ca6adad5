"""Decide what roles contain: permissions and API scopes.

What a role contains is in the next token of whoever holds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claimsmith.domain.apis import Scope
from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.domain.gates import CUSTOM_SCOPES
from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.storage.work import Work
from claimsmith.usecases.apis import find_api
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require
from claimsmith.usecases.permissions import check_sort, find_permission
from claimsmith.usecases.roles import find_role

DELETE = "delete"
LARGEST_NUMBER_OF_CHANGES = 100


@dataclass(frozen=True, slots=True)
class ChangedPermissions:
    """Hold the ids of the permissions that were put into a role and taken out of it."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


async def list_role_permissions(
    context: Context,
    role_id: str,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Permission]:
    """Return one page of a role's permissions, by name unless `sort` says otherwise. Raises `NotFound`."""
    order = check_sort(sort)
    async with context.reading() as work:
        await find_role(work, role_id)
        return await work.role_contents.permissions_page(
            role_id,
            page_size=page_size,
            next_token=next_token,
            order_by_name=order.startswith("name"),
            descending=order.endswith("_desc"),
        )


async def change_role_permissions(
    context: Context, role_id: str, operations: Sequence[tuple[str, str | None]]
) -> ChangedPermissions:
    """Put permissions into a role, or take those out whose operation is `delete`: all or none.

    `operations` are ids with their operation. Raises `NotFound`, `InvalidInput` for another operation.
    """
    check_count(len(operations), "permissions")
    added: list[str] = []
    removed: list[str] = []
    async with context.changing() as work:
        await find_role(work, role_id)
        for position, (permission_id, operation) in enumerate(operations):
            check_operation(operation, f"permissions[{position}].operation")
            await find_permission(work, permission_id)
            if operation == DELETE:
                if await work.role_contents.remove_permission(role_id, permission_id):
                    removed.append(permission_id)
            elif not await work.role_contents.has_permission(role_id, permission_id):
                await work.role_contents.add_permission(role_id, permission_id)
                added.append(permission_id)
        work.record("role", role_id, "changed")
    return ChangedPermissions(tuple(added), tuple(removed))


async def remove_role_permission(context: Context, role_id: str, permission_id: str) -> None:
    """Take one permission out of a role. Raises `NotFound`."""
    async with context.changing() as work:
        await find_role(work, role_id)
        if not await work.role_contents.remove_permission(role_id, permission_id):
            raise NotFound(f"The role has no permission {permission_id!r}.", code="ROLE_PERMISSION_NOT_FOUND")
        work.record("role", role_id, "changed")


async def list_role_scopes(context: Context, role_id: str) -> list[Scope]:
    """Return the API scopes of a role. Raises `NotFound`."""
    async with context.reading() as work:
        await find_role(work, role_id)
        return await work.role_contents.scopes_of(role_id)


async def add_role_scope(context: Context, role_id: str, scope_id: str) -> Scope:
    """Put an API scope into a role; one that is there stays. Raises `NotFound`.

    Raises `NotPermitted` for a scope of the management API that the caller does not hold.
    """
    async with context.changing() as work:
        await find_role(work, role_id)
        scope = await find_grantable_scope(context, work, scope_id)
        await work.role_contents.add_scope(role_id, scope_id)
        work.record("role", role_id, "changed")
    return scope


async def remove_role_scope(context: Context, role_id: str, scope_id: str) -> None:
    """Take an API scope out of a role. Raises `NotFound`."""
    async with context.changing() as work:
        await find_role(work, role_id)
        if not await work.role_contents.remove_scope(role_id, scope_id):
            raise NotFound(f"The role has no scope {scope_id!r}.", code="ROLE_SCOPE_NOT_FOUND")
        work.record("role", role_id, "changed")


async def find_grantable_scope(context: Context, work: Work, scope_id: str) -> Scope:
    """Return a scope that the caller may hand out. Raises `NotFound`, `NotPermitted`, `PlanRequired`."""
    scope = await work.apis.find_scope_by_id(scope_id)
    if scope is None:
        raise NotFound(f"There is no API scope {scope_id!r}.", code="SCOPE_NOT_FOUND")
    if (await find_api(work, scope.api_id)).is_management_api:
        context.refuse_escalation([scope.key])
    else:
        await require(context, CUSTOM_SCOPES)
    return scope


def check_count(count: int, field: str) -> None:
    """Refuse more than 100 entries in one request. Raises `InvalidInput`."""
    if count > LARGEST_NUMBER_OF_CHANGES:
        raise InvalidInput(
            f"{field} holds {count} entries; {LARGEST_NUMBER_OF_CHANGES} is the most in one request.",
            field=field,
            code="TOO_MANY_OBJECTS",
        )


def check_operation(operation: str | None, field: str) -> None:
    """Refuse any operation but `delete` and none. Raises `InvalidInput`."""
    if operation not in (None, DELETE):
        raise InvalidInput(
            f"{field} is {operation!r}; use delete, or leave it out to add.",
            field=field,
            code="OPERATION_INVALID",
        )
