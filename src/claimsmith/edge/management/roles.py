"""Serve `/api/v1/roles`."""

from typing import Any

from claimsmith.domain.roles import Role
from claimsmith.edge.management.answers import Named, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import roles

operations = Operations("Roles")
UNGUARDED = "NO_PERMISSION_REQUIRED"


class NewRole(Body):
    """Hold the body of `POST /roles`."""

    name: str
    key: str
    description: str | None = None
    is_default_role: bool = False
    is_creator_role: bool = False
    assignment_permission_id: str | None = None


class RoleChanges(Body):
    """Hold the body of `PATCH /roles/{role_id}`: only what is present is changed.

    `assignment_permission_id` `NO_PERMISSION_REQUIRED` lets everybody assign the role who assigns roles.
    """

    name: str | None = None
    key: str | None = None
    description: str | None = None
    is_default_role: bool | None = None
    is_creator_role: bool | None = None
    assignment_permission_id: str | None = None


class ShownRole(Shown):
    """Hold a role."""

    id: str
    key: str
    name: str
    description: str | None
    is_default_role: bool
    is_creator_role: bool
    assignment_permission_id: str | None


@operations.operation(
    "GET /roles", "getRoles", scope="read:roles", answer={"roles": list[ShownRole], "next_token": str | None}
)
async def get_roles(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List roles, a page at a time."""
    page = await roles.list_roles(context, sort=sort, page_size=page_size, next_token=next_token)
    return ok(roles=[_shown(role) for role in page.items], next_token=page.next_token)


@operations.operation("POST /roles", "createRole", scope="create:roles", status=201, answer={"role": Named})
async def create_role(context: Caller, body: NewRole) -> dict[str, Any]:
    """Define a role."""
    role = await roles.create_role(context, **body.model_dump())
    return ok("Role created", "ROLE_CREATED", role={"id": role.id})


@operations.operation("GET /roles/{role_id}", "GetRole", scope="read:roles", answer={"role": ShownRole})
async def get_role(context: Caller, role_id: str) -> dict[str, Any]:
    """Read one role."""
    return ok(role=_shown(await roles.get_role(context, role_id)))


@operations.operation("PATCH /roles/{role_id}", "UpdateRoles", scope="update:roles", status=201)
async def update_role(context: Caller, role_id: str, body: RoleChanges) -> dict[str, Any]:
    """Change the members that are present."""
    changes = body.model_dump(exclude_none=True)
    if changes.get("assignment_permission_id") == UNGUARDED:
        changes["assignment_permission_id"] = None
    await roles.change_role(context, role_id, changes)
    return ok("Role updated", "ROLE_UPDATED")


@operations.operation("DELETE /roles/{role_id}", "DeleteRole", scope="delete:roles")
async def delete_role(context: Caller, role_id: str) -> dict[str, Any]:
    """Delete a role."""
    await roles.delete_role(context, role_id)
    return ok("Role deleted", "ROLE_DELETED")


def _shown(role: Role) -> ShownRole:
    return {
        "id": role.id,
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "is_default_role": role.is_default_role,
        "is_creator_role": role.is_creator_role,
        "assignment_permission_id": role.assignment_permission_id,
    }
