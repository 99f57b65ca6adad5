"""Give members roles, permissions and API scopes, and say who holds what.

What a member holds is read whenever a token is issued or refreshed, so a change is in the next one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from claimsmith.domain.apis import Scope
from claimsmith.domain.errors import NotFound, NotPermitted
from claimsmith.domain.memberships import Membership
from claimsmith.domain.paging import Page
from claimsmith.domain.permissions import Permission
from claimsmith.domain.roles import Role
from claimsmith.storage.memberships import Kind
from claimsmith.storage.work import Work
from claimsmith.usecases.apis import find_api, find_scope
from claimsmith.usecases.context import Context
from claimsmith.usecases.organizations import find_organization
from claimsmith.usecases.permissions import find_permission
from claimsmith.usecases.role_contents import find_grantable_scope
from claimsmith.usecases.roles import find_role


@dataclass(frozen=True, slots=True)
class HeldPermission:
    """Hold a permission of a member, with the roles it comes from and whether it was given directly."""

    permission: Permission
    roles: tuple[Role, ...]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class HeldScope:
    """Hold an API scope of a member, with the roles it comes from and whether it was given directly."""

    scope: Scope
    roles: tuple[Role, ...]
    is_direct: bool


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """Hold a user who has a role, with the codes of the organizations where."""

    user_id: str
    organization_codes: tuple[str, ...]


async def list_member_roles(context: Context, organization_code: str, user_id: str) -> list[Role]:
    """Return the roles of a member in the order of their keys. Raises `NotFound`."""
    async with context.reading() as work:
        await find_membership(work, organization_code, user_id)
        return await _roles_of(work, organization_code, user_id)


async def list_member_permissions(
    context: Context, organization_code: str, user_id: str
) -> list[HeldPermission]:
    """Return every permission of a member, from roles and direct, in the order of their keys.

    Raises `NotFound`.
    """
    async with context.reading() as work:
        await find_membership(work, organization_code, user_id)
        roles = await _roles_of(work, organization_code, user_id)
        direct = (await work.memberships.holdings(user_id, organization_code)).permission_ids
        contents = await work.role_contents.permission_ids()
        found = [
            HeldPermission(permission, _containing(roles, contents, permission.id), permission.id in direct)
            for permission in await work.permissions.all()
        ]
    return [each for each in found if each.is_direct or each.roles]


async def list_member_scopes(context: Context, organization_code: str, user_id: str) -> list[HeldScope]:
    """Return every API scope of a member, from roles and direct, by API and key. Raises `NotFound`."""
    async with context.reading() as work:
        await find_membership(work, organization_code, user_id)
        roles = await _roles_of(work, organization_code, user_id)
        direct = (await work.memberships.holdings(user_id, organization_code)).scope_ids
        contents = await work.role_contents.scope_ids()
        ids = direct.union(*(contents.get(role.id, frozenset()) for role in roles))
        found = [await work.apis.find_scope_by_id(scope_id) for scope_id in ids]
    scopes = sorted((each for each in found if each), key=lambda scope: (scope.api_id, scope.key))
    return [HeldScope(each, _containing(roles, contents, each.id), each.id in direct) for each in scopes]


async def add_member_role(
    context: Context, organization_code: str, user_id: str, role_id: str, *, assigned_by: str | None = None
) -> None:
    """Give a member a role; one that is held stays. Raises `NotFound`, `NotPermitted`: see `give_roles`."""
    async with context.changing() as work:
        await find_membership(work, organization_code, user_id)
        role = await find_role(work, role_id)
        await give_roles(context, work, organization_code, user_id, [role], assigned_by=assigned_by)
        _record(work, organization_code, user_id)


async def remove_member_role(context: Context, organization_code: str, user_id: str, role_id: str) -> None:
    """Take a role from a member. Raises `NotFound`."""
    await _take(context, "role", organization_code, user_id, role_id)


async def add_member_permission(
    context: Context, organization_code: str, user_id: str, permission_id: str
) -> None:
    """Give a member a permission directly; one that is held stays. Raises `NotFound`."""
    async with context.changing() as work:
        await find_membership(work, organization_code, user_id)
        await find_permission(work, permission_id)
        await work.memberships.give("permission", user_id, organization_code, [permission_id])
        _record(work, organization_code, user_id)


async def remove_member_permission(
    context: Context, organization_code: str, user_id: str, permission_id: str
) -> None:
    """Take a direct permission from a member; one from a role stays. Raises `NotFound`."""
    await _take(context, "permission", organization_code, user_id, permission_id)


async def add_member_scope(
    context: Context, organization_code: str, user_id: str, api_id: str, scope_id: str
) -> None:
    """Give a member a scope of an API directly; one that is held stays.

    Raises `NotFound`; `NotPermitted` for a scope of the management API that the caller does not hold.
    """
    async with context.changing() as work:
        await find_membership(work, organization_code, user_id)
        await find_api(work, api_id)
        await find_scope(work, api_id, scope_id)
        await find_grantable_scope(context, work, scope_id)
        await work.memberships.give("scope", user_id, organization_code, [scope_id])
        _record(work, organization_code, user_id)


async def remove_member_scope(
    context: Context, organization_code: str, user_id: str, api_id: str, scope_id: str
) -> None:
    """Take a direct scope of an API from a member; one from a role stays. Raises `NotFound`."""
    async with context.reading() as work:
        await find_api(work, api_id)
        await find_scope(work, api_id, scope_id)
    await _take(context, "scope", organization_code, user_id, scope_id)


async def list_role_holders(
    context: Context, role_id: str, *, page_size: int | None = None, next_token: str | None = None
) -> Page[RoleHolder]:
    """Return one page of the users who have a role anywhere. Raises `NotFound`."""
    async with context.reading() as work:
        await find_role(work, role_id)
        page = await work.member_lists.page_of_role(role_id, None, page_size=page_size, next_token=next_token)
        codes = await work.member_lists.organization_codes(role_id, page.items)
    return Page([RoleHolder(each, tuple(codes[each])) for each in page.items], page.next_token)


async def list_organization_role_holders(
    context: Context,
    organization_code: str,
    role_id: str,
    *,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[str]:
    """Return one page of the ids of the members of an organization who have a role. Raises `NotFound`."""
    async with context.reading() as work:
        await find_organization(work, organization_code)
        await find_role(work, role_id)
        return await work.member_lists.page_of_role(
            role_id, organization_code, page_size=page_size, next_token=next_token
        )


async def count_organization_role_holders(context: Context, organization_code: str, role_id: str) -> int:
    """Return how many members of an organization have a role. Raises `NotFound`."""
    async with context.reading() as work:
        await find_organization(work, organization_code)
        await find_role(work, role_id)
        return await work.member_lists.count_of_role(role_id, organization_code)


async def give_roles(
    context: Context,
    work: Work,
    organization_code: str,
    user_id: str,
    roles: Sequence[Role],
    *,
    assigned_by: str | None = None,
) -> None:
    """Give a member roles, if whoever does it may. Raises `NotPermitted`.

    A user (`assigned_by`) must hold the permission that a role asks of those who assign it, in this very
    organization. An operator, and a program with a scope of the management API, act for the owner and need
    none. Nobody hands out management scopes through a role that they do not hold themselves.
    """
    await check_may_assign(context, work, organization_code, roles, assigned_by=assigned_by)
    await work.memberships.give("role", user_id, organization_code, [role.id for role in roles])


async def check_may_assign(
    context: Context,
    work: Work,
    organization_code: str,
    roles: Sequence[Role],
    *,
    assigned_by: str | None = None,
) -> None:
    """Refuse roles that who acts may not assign: see `give_roles`. Raises `NotPermitted`."""
    guarded = [role for role in roles if role.assignment_permission_id is not None]
    if assigned_by is not None and guarded:
        held = await _permission_ids_of(work, organization_code, assigned_by)
        for role in guarded:
            if role.assignment_permission_id not in held:
                raise NotPermitted(
                    f"The role {role.key!r} may be assigned only by who holds the permission "
                    f"{role.assignment_permission_id}.",
                    code="ROLE_ASSIGNMENT_NOT_PERMITTED",
                )
    if context.holds is None:
        return
    for role in roles:
        for scope in await work.role_contents.scopes_of(role.id):
            await find_grantable_scope(context, work, scope.id)


async def find_membership(work: Work, organization_code: str, user_id: str) -> Membership:
    """Return one membership. Raises `NotFound`, also for an organization that is none."""
    membership = await work.memberships.find(user_id, organization_code)
    if membership is None:
        await find_organization(work, organization_code)
        raise NotFound(
            f"The user {user_id!r} is no member of {organization_code}.", code="MEMBERSHIP_NOT_FOUND"
        )
    return membership


async def roles_by_key(work: Work, keys: Collection[str], field: str) -> list[Role]:
    """Return roles by their keys. Raises `NotFound`, naming the one that is none."""
    found: list[Role] = []
    for position, key in enumerate(keys):
        role = await work.roles.find_by_key(key)
        if role is None:
            raise NotFound(
                f"There is no role with the key {key!r}.", field=f"{field}[{position}]", code="ROLE_NOT_FOUND"
            )
        found.append(role)
    return found


async def permissions_by_key(work: Work, keys: Collection[str], field: str) -> list[str]:
    """Return the ids of permissions by their keys. Raises `NotFound`, naming the one that is none."""
    found: list[str] = []
    for position, key in enumerate(keys):
        permission = await work.permissions.find_by_key(key)
        if permission is None:
            raise NotFound(
                f"There is no permission with the key {key!r}.",
                field=f"{field}[{position}]",
                code="PERMISSION_NOT_FOUND",
            )
        found.append(permission.id)
    return found


async def _take(context: Context, kind: Kind, organization_code: str, user_id: str, held_id: str) -> None:
    async with context.changing() as work:
        await find_membership(work, organization_code, user_id)
        if not await work.memberships.take(kind, user_id, organization_code, held_id):
            raise NotFound(f"The member was not given the {kind} {held_id!r}.", code="NOT_HELD")
        _record(work, organization_code, user_id)


async def _roles_of(work: Work, organization_code: str, user_id: str) -> list[Role]:
    held = (await work.memberships.holdings(user_id, organization_code)).role_ids
    return [role for role in await work.roles.all() if role.id in held]


async def _permission_ids_of(work: Work, organization_code: str, user_id: str) -> frozenset[str]:
    held = await work.memberships.holdings(user_id, organization_code)
    contents = await work.role_contents.permission_ids()
    return held.permission_ids.union(*(contents.get(role_id, frozenset()) for role_id in held.role_ids))


def _containing(
    roles: Sequence[Role], contents: dict[str, frozenset[str]], contained_id: str
) -> tuple[Role, ...]:
    return tuple(role for role in roles if contained_id in contents.get(role.id, frozenset()))


def _record(work: Work, organization_code: str, user_id: str) -> None:
    work.record("membership", f"{organization_code}/{user_id}", "changed")
