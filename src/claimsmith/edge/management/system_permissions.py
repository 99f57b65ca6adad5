"""Serve `/api/v1/system_permissions`, and those of roles."""

from typing import Any

from pydantic import Field

from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.edge.management.permissions import ShownPermission, shown_permission
from claimsmith.usecases import system_permissions

operations = Operations("Roles")


class SystemPermissionOperation(Body):
    """Hold one system permission, to add or, with the operation `delete`, to remove."""

    id: str
    operation: str | None = None


class SystemPermissionOperations(Body):
    """Hold the body of `PATCH /roles/{role_id}/system_permissions`."""

    system_permissions: list[SystemPermissionOperation] = Field(default_factory=list)


@operations.operation(
    "GET /system_permissions",
    "GetSystemPermissions",
    scope="read:system_permissions",
    answer={"system_permissions": list[ShownPermission], "next_token": str | None},
)
async def get_system_permissions(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List the permissions that the portal itself goes by, a page at a time."""
    page = await system_permissions.list_system_permissions(
        context, sort=sort, page_size=page_size, next_token=next_token
    )
    return ok(system_permissions=[shown_permission(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    "GET /roles/{role_id}/system_permissions",
    "GetRoleSystemPermissions",
    scope="read:role_system_permissions",
    answer={"system_permissions": list[ShownPermission], "next_token": str | None},
)
async def get_role_system_permissions(
    context: Caller,
    role_id: str,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> dict[str, Any]:
    """List the system permissions of a role, a page at a time."""
    page = await system_permissions.list_role_system_permissions(
        context, role_id, sort=sort, page_size=page_size, next_token=next_token
    )
    return ok(system_permissions=[shown_permission(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    "PATCH /roles/{role_id}/system_permissions",
    "UpdateRoleSystemPermissions",
    scope="update:role_system_permissions",
    answer={"system_permissions_added": list[str], "system_permissions_removed": list[str]},
)
async def update_role_system_permissions(
    context: Caller, role_id: str, body: SystemPermissionOperations
) -> dict[str, Any]:
    """Put system permissions into a role, and take out those whose operation is delete: all or none."""
    changed = await system_permissions.change_role_system_permissions(
        context, role_id, [(each.id, each.operation) for each in body.system_permissions]
    )
    return ok(
        "Role system permissions updated",
        "ROLE_SYSTEM_PERMISSIONS_UPDATED",
        system_permissions_added=list(changed.added),
        system_permissions_removed=list(changed.removed),
    )
