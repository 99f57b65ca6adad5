"""Serve what `/api/v1/roles/{role_id}` contains, and who holds the role."""

from typing import Any

from pydantic import Field

from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.edge.management.permissions import ShownPermission, shown_permission
from claimsmith.usecases import member_rights, role_contents

operations = Operations("Roles")


class PermissionOperation(Body):
    """Hold one permission, to add or, with the operation `delete`, to remove."""

    id: str
    operation: str | None = None


class PermissionOperations(Body):
    """Hold the body of `PATCH /roles/{role_id}/permissions`."""

    permissions: list[PermissionOperation] = Field(default_factory=list)


class ScopeToAdd(Body):
    """Hold the body of `POST /roles/{role_id}/scopes`."""

    scope_id: str


class ShownRoleScope(Shown):
    """Hold an API scope of a role, with the id of its API."""

    id: str
    key: str
    description: str | None
    api_id: str


class ShownHolder(Shown):
    """Hold a user who has a role, with the codes of the organizations where."""

    id: str
    org_codes: list[str]


@operations.operation(
    "GET /roles/{role_id}/permissions",
    "GetRolePermissions",
    scope="read:role_permissions",
    answer={"permissions": list[ShownPermission], "next_token": str | None},
)
async def get_role_permissions(
    context: Caller,
    role_id: str,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """List the permissions of a role, a page at a time."""
    page = await role_contents.list_role_permissions(
        context, role_id, sort=sort, page_size=page_size, next_token=next_token
    )
    return ok(permissions=[shown_permission(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    "PATCH /roles/{role_id}/permissions",
    "UpdateRolePermissions",
    scope="update:role_permissions",
    answer={"permissions_added": list[str], "permissions_removed": list[str]},
)
async def update_role_permissions(
    context: Caller, role_id: str, body: PermissionOperations
) -> dict[str, Any]:
    """Put permissions into a role, and take out those whose operation is delete: all or none."""
    changed = await role_contents.change_role_permissions(
        context, role_id, [(each.id, each.operation) for each in body.permissions]
    )
    return ok(
        "Role permissions updated",
        "ROLE_PERMISSIONS_UPDATED",
        permissions_added=list(changed.added),
        permissions_removed=list(changed.removed),
    )


@operations.operation(
    "DELETE /roles/{role_id}/permissions/{permission_id}",
    "RemoveRolePermission",
    scope="delete:role_permissions",
)
async def remove_role_permission(context: Caller, role_id: str, permission_id: str) -> dict[str, Any]:
    """Take one permission out of a role."""
    await role_contents.remove_role_permission(context, role_id, permission_id)
    return ok("Permission removed from the role", "ROLE_PERMISSION_REMOVED")


@operations.operation(
    "GET /roles/{role_id}/scopes",
    "GetRoleScopes",
    scope="read:role_scopes",
    answer={"scopes": list[ShownRoleScope]},
)
async def get_role_scopes(context: Caller, role_id: str) -> dict[str, Any]:
    """List the API scopes of a role."""
    scopes = await role_contents.list_role_scopes(context, role_id)
    return ok(
        scopes=[
            {"id": each.id, "key": each.key, "description": each.description, "api_id": each.api_id}
            for each in scopes
        ]
    )


@operations.operation("POST /roles/{role_id}/scopes", "AddRoleScope", scope="create:role_scopes", status=201)
async def add_role_scope(context: Caller, role_id: str, body: ScopeToAdd) -> dict[str, Any]:
    """Put an API scope into a role."""
    await role_contents.add_role_scope(context, role_id, body.scope_id)
    return ok("Role scope added", "ROLE_SCOPE_ADDED")


@operations.operation(
    "DELETE /roles/{role_id}/scopes/{scope_id}", "DeleteRoleScope", scope="delete:role_scopes"
)
async def delete_role_scope(context: Caller, role_id: str, scope_id: str) -> dict[str, Any]:
    """Take an API scope out of a role."""
    await role_contents.remove_role_scope(context, role_id, scope_id)
    return ok("Role scope deleted", "ROLE_SCOPE_DELETED")


@operations.operation(
    "GET /roles/{role_id}/users",
    "GetRoleUsers",
    scope="read:organization_user_roles",
    answer={"users": list[ShownHolder], "next_token": str | None},
)
async def get_role_users(
    context: Caller, role_id: str, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List the users who have a role in any organization, with the codes of those organizations."""
    page = await member_rights.list_role_holders(context, role_id, page_size=page_size, next_token=next_token)
    users = [{"id": each.user_id, "org_codes": list(each.organization_codes)} for each in page.items]
    return ok(users=users, next_token=page.next_token)
