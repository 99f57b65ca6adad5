"""Serve `/api/v1/permissions`."""

from typing import Any

from claimsmith.domain.permissions import Permission
from claimsmith.edge.management.answers import Named, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import permissions

operations = Operations("Permissions")


class NewPermission(Body):
    """Hold the body of `POST /permissions`."""

    name: str
    key: str
    description: str | None = None


class PermissionChanges(Body):
    """Hold the body of `PATCH /permissions/{permission_id}`: only what is present is changed."""

    name: str | None = None
    key: str | None = None
    description: str | None = None


class ShownPermission(Shown):
    """Hold a permission."""

    id: str
    key: str
    name: str
    description: str | None


@operations.operation(
    "GET /permissions",
    "GetPermissions",
    scope="read:permissions",
    answer={"permissions": list[ShownPermission], "next_token": str | None},
)
async def get_permissions(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List permissions, a page at a time."""
    page = await permissions.list_permissions(context, sort=sort, page_size=page_size, next_token=next_token)
    return ok(permissions=[shown_permission(each) for each in page.items], next_token=page.next_token)


@operations.operation(
    "POST /permissions",
    "CreatePermission",
    scope="create:permissions",
    status=201,
    answer={"permission": Named},
)
async def create_permission(context: Caller, body: NewPermission) -> dict[str, Any]:
    """Define a permission."""
    made = await permissions.create_permission(context, **body.model_dump())
    return ok("Permission created", "PERMISSION_CREATED", permission={"id": made.id})


@operations.operation("PATCH /permissions/{permission_id}", "UpdatePermissions", scope="update:permissions")
async def update_permission(context: Caller, permission_id: str, body: PermissionChanges) -> dict[str, Any]:
    """Change the members that are present; another key is in the next token of whoever has it."""
    await permissions.change_permission(context, permission_id, body.model_dump(exclude_none=True))
    return ok("Permission updated", "PERMISSION_UPDATED")


@operations.operation("DELETE /permissions/{permission_id}", "DeletePermission", scope="delete:permissions")
async def delete_permission(context: Caller, permission_id: str) -> dict[str, Any]:
    """Delete a permission; roles and members lose it."""
    await permissions.delete_permission(context, permission_id)
    return ok("Permission deleted", "PERMISSION_DELETED")


def shown_permission(permission: Permission) -> ShownPermission:
    """Return a permission as answers show it."""
    return {
        "id": permission.id,
        "key": permission.key,
        "name": permission.name,
        "description": permission.description,
    }
