"""Define roles. What they contain is in `role_contents.py`, who holds them in `memberships.py`."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound
from claimsmith.domain.keys_and_names import check_key, check_name, check_text
from claimsmith.domain.paging import Page
from claimsmith.domain.roles import Role
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.permissions import find_permission

SORTS = ("name_asc", "name_desc", "key_asc", "key_desc")
LONGEST_DESCRIPTION = 512


async def create_role(
    context: Context,
    *,
    name: str,
    key: str,
    description: str | None = None,
    is_default_role: bool = False,
    is_creator_role: bool = False,
    assignment_permission_id: str | None = None,
) -> Role:
    """Define a role. Raises `InvalidInput`, `AlreadyExists` for a key that is taken.

    `assignment_permission_id` names the permission that a user needs to assign the role; raises `NotFound`.
    """
    role = _checked(
        Role(
            id=str(uuid.uuid4()),
            key=key,
            name=name,
            description=description or None,
            is_default_role=is_default_role,
            is_creator_role=is_creator_role,
            assignment_permission_id=assignment_permission_id or None,
        )
    )
    async with context.changing() as work:
        await _check_key_free(work, role)
        await _check_guard(work, role)
        await work.roles.add(role)
        work.record("role", role.id, "created")
    return role


async def get_role(context: Context, role_id: str) -> Role:
    """Return one role. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_role(work, role_id)


async def list_roles(
    context: Context,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Role]:
    """Return one page of roles, by name unless `sort` says otherwise."""
    if sort not in (None, *SORTS):
        raise InvalidInput(f"sort is {sort!r}; use {', '.join(SORTS)}.", field="sort", code="SORT_INVALID")
    order = sort or "name_asc"
    async with context.reading() as work:
        return await work.roles.page_sorted(
            page_size=page_size,
            next_token=next_token,
            order_by_key=order.startswith("key"),
            descending=order.endswith("_desc"),
        )


async def change_role(context: Context, role_id: str, changes: Mapping[str, Any]) -> Role:
    """Change `name`, `key`, `description`, `is_default_role`, `is_creator_role`, `assignment_permission_id`.

    Raises `NotFound`, `InvalidInput`, `AlreadyExists`.
    """
    async with context.changing() as work:
        role = await find_role(work, role_id)
        changed = _checked(replace(role, **changes))
        await _check_key_free(work, changed)
        await _check_guard(work, changed)
        await work.roles.replace(changed)
        work.record("role", role_id, "changed")
    return changed


async def delete_role(context: Context, role_id: str) -> None:
    """Delete a role; members and applications lose it. Raises `NotFound`."""
    async with context.changing() as work:
        await find_role(work, role_id)
        await work.roles.remove(role_id)
        work.record("role", role_id, "deleted")


async def find_role(work: Work, role_id: str) -> Role:
    """Return one role of the environment. Raises `NotFound`."""
    role = await work.roles.find(role_id)
    if role is None:
        raise NotFound(f"There is no role {role_id!r}.", code="ROLE_NOT_FOUND")
    return role


def _checked(role: Role) -> Role:
    check_name(role.name, "name")
    check_key(role.key, "key")
    if role.description:
        check_text(role.description, "description", LONGEST_DESCRIPTION, multiline=True)
    return role


async def _check_key_free(work: Work, role: Role) -> None:
    other = await work.roles.find_by_key(role.key)
    if other is not None and other.id != role.id:
        raise AlreadyExists(f"A role {role.key!r} exists.", field="key", code="ROLE_ALREADY_EXISTS")


async def _check_guard(work: Work, role: Role) -> None:
    if role.assignment_permission_id is not None:
        await find_permission(work, role.assignment_permission_id)
