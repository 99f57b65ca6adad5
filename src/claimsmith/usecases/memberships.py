"""Let users into organizations and out of them. What members hold is in `member_rights.py`.

`join`, `leave`, `join_at_sign_up` and `found_organization` run inside a transaction of their caller, so that
a sign-up is whole or not at all. The rest is administration.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.keys_and_names import check_name
from claimsmith.domain.memberships import Member, Membership
from claimsmith.domain.organizations import Organization
from claimsmith.domain.paging import Page
from claimsmith.domain.policies import AccessPolicy
from claimsmith.storage.member_lists import MemberQuery
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.member_rights import (
    find_membership,
    give_roles,
    permissions_by_key,
    roles_by_key,
)
from claimsmith.usecases.organizations import end_access, find_organization, new_code
from claimsmith.usecases.role_contents import DELETE, check_count, check_operation
from claimsmith.usecases.user_records import find_user

SORTS = ("name_asc", "name_desc", "email_asc", "email_desc")


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Hold what is to become of one user in an organization.

    `operation` is `delete` or `None`. Roles and permissions, by their keys, are given in addition to what
    the user holds; no list of roles means the default roles for who is new.
    """

    user_id: str
    operation: str | None = None
    role_keys: Sequence[str] | None = None
    permission_keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChangedMembers:
    """Hold the ids of the users who became members, who were given something, and who were removed."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]


async def join(
    work: Work, user_id: str, organization_code: str, *, role_ids: Collection[str] | None = None
) -> bool:
    """Make a user a member; tell whether the user was none. Whoever is one already stays one.

    The roles are given in addition to those held; without any, who is new gets the default roles. Raises
    `NotFound` for the organization.
    """
    await find_organization(work, organization_code)
    is_new = await work.memberships.add(user_id, organization_code, work.now)
    if role_ids is None:
        role_ids = [role.id for role in await work.roles.all() if role.is_default_role] if is_new else []
    await work.memberships.give("role", user_id, organization_code, role_ids)
    return is_new


async def leave(work: Work, user_id: str, organization_code: str) -> bool:
    """End a membership with what the member held, and the grants and sessions it carried.

    The next refresh of a token fails. Tell whether the user was a member.
    """
    if not await work.memberships.remove(user_id, organization_code):
        return False
    await end_access(work, organization_code, because="membership_removed", user_id=user_id)
    return True


async def organizations_of(work: Work, user_id: str) -> list[Organization]:
    """Return the organizations that a user is a member of, in the order of their names."""
    return await work.memberships.organizations_of(user_id)


async def join_by_asking(work: Work, user_id: str, organization: Organization, email: str | None) -> bool:
    """Make a user who asks for it a member; tell whether the user was none.

    `email` is a proved address, or `None`. Raises `NotPermitted` when the organization takes nobody in, or
    nobody with this address; who is a member is let through.
    """
    if await work.memberships.find(user_id, organization.code) is not None:
        return False
    if not organization.takes_in(email):
        raise NotPermitted(
            f"{organization.name} does not take in new members by themselves. Ask somebody there to "
            "invite you.",
            code="ORGANIZATION_NOT_OPEN",
        )
    return await join(work, user_id, organization.code)


async def join_at_sign_up(
    work: Work,
    access: AccessPolicy,
    user_id: str,
    *,
    email: str | None,
    organization: Organization | None = None,
) -> list[str]:
    """Put a new user where the user belongs; return the codes of the organizations.

    The one that was asked for, every one that claims the domain of the address, and when there is none
    of these the default one, if the policy says so and the address is allowed there. `email` must be
    proved. Raises `NotPermitted` when the organization asked for is not open.
    """
    joined: list[str] = []
    if organization is not None:
        await join_by_asking(work, user_id, organization, email)
        joined.append(organization.code)
    for claiming in await work.organizations.claiming_domain_of(email or ""):
        if claiming.code not in joined:
            await join(work, user_id, claiming.code)
            joined.append(claiming.code)
    if not joined and access.is_default_organization_joined:
        default = await work.organizations.find_default()
        if default is not None and default.allows_domain_of(email):
            await join(work, user_id, default.code)
            joined.append(default.code)
    return joined


async def found_organization(work: Work, user_id: str, name: str) -> Organization:
    """Create an organization for a user, who gets the default roles and those for creators.

    Raises `InvalidInput` for the name. Whether users may do this is the caller's to check.
    """
    organization = Organization(code=new_code(), name=check_name(name, "name"), created_at=work.now)
    await work.organizations.add(organization)
    given = [role.id for role in await work.roles.all() if role.is_default_role or role.is_creator_role]
    await join(work, user_id, organization.code, role_ids=given)
    return organization


async def list_members(
    context: Context,
    organization_code: str,
    *,
    sort: str | None = None,
    role_keys: Sequence[str] = (),
    permission_keys: Sequence[str] = (),
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Member]:
    """Return one page of members who hold every given role and permission.

    Raises `NotFound` for the organization, a role or a permission, `InvalidInput`.
    """
    if sort not in (None, *SORTS):
        raise InvalidInput(f"sort is {sort!r}; use {', '.join(SORTS)}.", field="sort", code="SORT_INVALID")
    async with context.reading() as work:
        await find_organization(work, organization_code)
        query = MemberQuery(
            organization_code,
            role_ids=[role.id for role in await roles_by_key(work, role_keys, "roles")],
            permission_ids=await permissions_by_key(work, permission_keys, "permissions"),
            order="id" if sort is None else "name" if sort.startswith("name") else "email",
            descending=(sort or "").endswith("_desc"),
        )
        return await work.member_lists.page_of(query, page_size=page_size, next_token=next_token)


async def get_membership(context: Context, organization_code: str, user_id: str) -> Membership:
    """Return one membership. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_membership(work, organization_code, user_id)


async def change_members(
    context: Context,
    organization_code: str,
    changes: Sequence[MemberChange],
    *,
    assigned_by: str | None = None,
) -> ChangedMembers:
    """Add users to an organization, give them roles and permissions, or remove them: all or none.

    `assigned_by` is the user who does this, if one does: see `give_roles`. Raises `NotFound` for an object,
    `InvalidInput`, `NotPermitted` for a role that may not be assigned.
    """
    check_count(len(changes), "users")
    added: list[str] = []
    updated: list[str] = []
    removed: list[str] = []
    async with context.changing() as work:
        await find_organization(work, organization_code)
        for position, change in enumerate(changes):
            place = f"users[{position}]"
            check_operation(change.operation, f"{place}.operation")
            await find_user(work, change.user_id)
            if change.operation == DELETE:
                if await leave(work, change.user_id, organization_code):
                    removed.append(change.user_id)
            elif await _put(context, work, organization_code, change, place, assigned_by=assigned_by):
                added.append(change.user_id)
            elif change.role_keys or change.permission_keys:
                updated.append(change.user_id)
            work.record("membership", f"{organization_code}/{change.user_id}", "changed")
    return ChangedMembers(tuple(added), tuple(updated), tuple(removed))


async def remove_member(context: Context, organization_code: str, user_id: str) -> None:
    """Remove one user from an organization. Raises `NotFound`."""
    async with context.changing() as work:
        await find_membership(work, organization_code, user_id)
        await leave(work, user_id, organization_code)
        work.record("membership", f"{organization_code}/{user_id}", "deleted")


async def _put(
    context: Context, work: Work, code: str, change: MemberChange, place: str, *, assigned_by: str | None
) -> bool:
    """Make a user a member and give what was asked for; tell whether the user was none."""
    roles = await roles_by_key(work, change.role_keys or (), f"{place}.roles")
    permission_ids = await permissions_by_key(work, change.permission_keys, f"{place}.permissions")
    default = None if change.role_keys is None else ()
    is_new = await join(work, change.user_id, code, role_ids=default)
    await give_roles(context, work, code, change.user_id, roles, assigned_by=assigned_by)
    await work.memberships.give("permission", change.user_id, code, permission_ids)
    return is_new
