"""Serve `/api/v1/organizations/{org_code}/users`: who is a member, and who has a role."""

from typing import Any

from pydantic import Field

from claimsmith.domain.memberships import Member
from claimsmith.edge.management.answers import Moment, Named, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import member_rights, memberships
from claimsmith.usecases.memberships import MemberChange

operations = Operations("Organizations")


class NewMember(Body):
    """Hold one user who is to be a member. Without `roles` the user gets the default ones."""

    id: str
    roles: list[str] | None = None
    permissions: list[str] | None = None


class NewMembers(Body):
    """Hold the body of `POST /organizations/{org_code}/users`."""

    users: list[NewMember] = Field(default_factory=list)


class MemberOperation(NewMember):
    """Hold one user to add, to give more, or, with the operation `delete`, to remove."""

    operation: str | None = None


class MemberOperations(Body):
    """Hold the body of `PATCH /organizations/{org_code}/users`."""

    users: list[MemberOperation] = Field(default_factory=list)


class ShownMember(Shown):
    """Hold a member; `roles` are keys. The last access is known of whoever signed in here last."""

    id: str
    email: str | None
    full_name: str | None
    last_name: str | None
    first_name: str | None
    picture: str | None
    joined_on: Moment
    last_accessed_on: Moment | None
    is_suspended: bool
    roles: list[str]


@operations.operation(
    "GET /organizations/{org_code}/users",
    "GetOrganizationUsers",
    scope="read:organization_users",
    answer={"organization_users": list[ShownMember], "next_token": str | None},
)
async def get_organization_users(
    context: Caller,
    org_code: str,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
    permissions: str | None = None,
    roles: str | None = None,
) -> dict[str, Any]:
    """List members, a page at a time; permissions and roles are keys, by commas, that all must match."""
    page = await memberships.list_members(
        context,
        org_code,
        sort=sort,
        role_keys=_keys(roles),
        permission_keys=_keys(permissions),
        page_size=page_size,
        next_token=next_token,
    )
    return ok(organization_users=[_shown(each, org_code) for each in page.items], next_token=page.next_token)


@operations.operation(
    "POST /organizations/{org_code}/users",
    "AddOrganizationUsers",
    scope="create:organization_users",
    answer={"users_added": list[str]},
)
async def add_organization_users(context: Caller, org_code: str, body: NewMembers) -> dict[str, Any]:
    """Make users members, with roles and permissions by their keys: all or none."""
    changes = [_change(each, None) for each in body.users]
    changed = await memberships.change_members(context, org_code, changes)
    return ok("Users added", "USERS_ADDED", users_added=list(changed.added))


@operations.operation(
    "PATCH /organizations/{org_code}/users",
    "UpdateOrganizationUsers",
    scope="update:organization_users",
    answer={"users_added": list[str], "users_updated": list[str], "users_removed": list[str]},
)
async def update_organization_users(context: Caller, org_code: str, body: MemberOperations) -> dict[str, Any]:
    """Add users, give members more roles and permissions, or remove them: all or none."""
    changes = [_change(each, each.operation) for each in body.users]
    changed = await memberships.change_members(context, org_code, changes)
    return ok(
        "Users updated",
        "USERS_UPDATED",
        users_added=list(changed.added),
        users_updated=list(changed.updated),
        users_removed=list(changed.removed),
    )


@operations.operation(
    "DELETE /organizations/{org_code}/users/{user_id}",
    "RemoveOrganizationUser",
    scope="delete:organization_users",
)
async def remove_organization_user(context: Caller, org_code: str, user_id: str) -> dict[str, Any]:
    """Remove a member, which ends the tokens and sessions of the user in this organization."""
    await memberships.remove_member(context, org_code, user_id)
    return ok("User removed from the organization", "ORGANIZATION_USER_REMOVED")


@operations.operation(
    "GET /organizations/{org_code}/roles/{role_id}/users",
    "GetOrganizationRoleUsers",
    scope="read:organization_user_roles",
    answer={"users": list[Named], "next_token": str | None},
)
async def get_organization_role_users(
    context: Caller,
    org_code: str,
    role_id: str,
    page_size: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """List the members who have a role, a page at a time."""
    page = await member_rights.list_organization_role_holders(
        context, org_code, role_id, page_size=page_size, next_token=next_token
    )
    return ok(users=[{"id": each} for each in page.items], next_token=page.next_token)


@operations.operation(
    "GET /organizations/{org_code}/roles/{role_id}/users/count",
    "GetOrganizationRoleUsersCount",
    scope="read:organization_user_roles",
    answer={"count": int},
)
async def get_organization_role_users_count(context: Caller, org_code: str, role_id: str) -> dict[str, Any]:
    """Count the members who have a role."""
    return ok(count=await member_rights.count_organization_role_holders(context, org_code, role_id))


def _keys(text: str | None) -> list[str]:
    return [each for each in (part.strip() for part in (text or "").split(",")) if each]


def _change(member: NewMember, operation: str | None) -> MemberChange:
    return MemberChange(member.id, operation, member.roles, member.permissions or ())


def _shown(member: Member, org_code: str) -> ShownMember:
    user = member.user
    is_last_here = user.last_organization_code == org_code
    accessed_at = user.last_signed_in_at if is_last_here else None
    return {
        "id": user.id,
        "email": member.email,
        "full_name": user.full_name,
        "last_name": user.last_name,
        "first_name": user.first_name,
        "picture": user.picture,
        "joined_on": member.joined_at.isoformat(),
        "last_accessed_on": accessed_at.isoformat() if accessed_at else None,
        "is_suspended": user.is_suspended,
        "roles": [role.key for role in member.roles],
    }
