"""Serve the roles, permissions and API scopes of `/api/v1/organizations/{org_code}/users/{user_id}`."""

from typing import Any, NotRequired, cast

from claimsmith.domain.errors import InvalidInput
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.edge.management.permissions import ShownPermission, shown_permission
from claimsmith.usecases import member_rights
from claimsmith.usecases.member_rights import HeldPermission

operations = Operations("Organizations")
MEMBER = "/organizations/{org_code}/users/{user_id}"


class RoleToGive(Body):
    """Hold the body of `POST .../roles`."""

    role_id: str


class PermissionToGive(Body):
    """Hold the body of `POST .../permissions`."""

    permission_id: str


class ShownSource(Shown):
    """Hold a role that a right comes from."""

    id: str
    key: str


class ShownMemberRole(ShownSource):
    """Hold a role of a member."""

    name: str


class ShownHeldPermission(ShownPermission):
    """Hold a permission of a member; the roles it comes from when they were asked for."""

    roles: NotRequired[list[ShownSource]]


class ShownHeldScope(Shown):
    """Hold an API scope of a member, with the roles it comes from and whether it was given directly."""

    id: str
    key: str
    api_id: str
    is_direct: bool
    roles: list[ShownSource]


@operations.operation(
    f"GET {MEMBER}/roles",
    "GetOrganizationUserRoles",
    scope="read:organization_user_roles",
    answer={"roles": list[ShownMemberRole], "next_token": str | None},
)
async def get_organization_user_roles(context: Caller, org_code: str, user_id: str) -> dict[str, Any]:
    """List the roles of a member."""
    roles = await member_rights.list_member_roles(context, org_code, user_id)
    shown = [{"id": each.id, "key": each.key, "name": each.name} for each in roles]
    return ok(roles=shown, next_token=None)


@operations.operation(
    f"POST {MEMBER}/roles", "CreateOrganizationUserRole", scope="create:organization_user_roles"
)
async def create_organization_user_role(
    context: Caller, org_code: str, user_id: str, body: RoleToGive
) -> dict[str, Any]:
    """Give a member a role."""
    await member_rights.add_member_role(context, org_code, user_id, body.role_id)
    return ok("Role given to the user", "ORGANIZATION_USER_ROLE_ADDED")


@operations.operation(
    f"DELETE {MEMBER}/roles/{{role_id}}",
    "DeleteOrganizationUserRole",
    scope="delete:organization_user_roles",
)
async def delete_organization_user_role(
    context: Caller, org_code: str, user_id: str, role_id: str
) -> dict[str, Any]:
    """Take a role from a member."""
    await member_rights.remove_member_role(context, org_code, user_id, role_id)
    return ok("Role taken from the user", "ORGANIZATION_USER_ROLE_REMOVED")


@operations.operation(
    f"GET {MEMBER}/permissions",
    "GetOrganizationUserPermissions",
    scope="read:organization_user_permissions",
    answer={"permissions": list[ShownHeldPermission]},
)
async def get_organization_user_permissions(
    context: Caller, org_code: str, user_id: str, expand: str | None = None
) -> dict[str, Any]:
    """List every permission of a member, given directly or by a role; expand=roles says by which."""
    if expand not in (None, "", "roles"):
        raise InvalidInput(
            f"expand is {expand!r}; use roles, or leave it out.", field="expand", code="EXPAND_INVALID"
        )
    found = await member_rights.list_member_permissions(context, org_code, user_id)
    return ok(permissions=[_shown(each, with_roles=expand == "roles") for each in found])


@operations.operation(
    f"POST {MEMBER}/permissions",
    "CreateOrganizationUserPermission",
    scope="create:organization_user_permissions",
)
async def create_organization_user_permission(
    context: Caller, org_code: str, user_id: str, body: PermissionToGive
) -> dict[str, Any]:
    """Give a member a permission directly."""
    await member_rights.add_member_permission(context, org_code, user_id, body.permission_id)
    return ok("Permission given to the user", "ORGANIZATION_USER_PERMISSION_ADDED")


@operations.operation(
    f"DELETE {MEMBER}/permissions/{{permission_id}}",
    "DeleteOrganizationUserPermission",
    scope="delete:organization_user_permissions",
)
async def delete_organization_user_permission(
    context: Caller, org_code: str, user_id: str, permission_id: str
) -> dict[str, Any]:
    """Take a permission that was given directly from a member; one from a role stays."""
    await member_rights.remove_member_permission(context, org_code, user_id, permission_id)
    return ok("Permission taken from the user", "ORGANIZATION_USER_PERMISSION_REMOVED")


@operations.operation(
    f"GET {MEMBER}/api_scopes",
    "GetOrganizationUserAPIScopes",
    scope="read:organization_user_api_scopes",
    answer={"api_scopes": list[ShownHeldScope]},
)
async def get_organization_user_api_scopes(context: Caller, org_code: str, user_id: str) -> dict[str, Any]:
    """List every API scope of a member, with the roles it comes from and whether it was given directly."""
    found = await member_rights.list_member_scopes(context, org_code, user_id)
    return ok(
        api_scopes=[
            {
                "id": each.scope.id,
                "key": each.scope.key,
                "api_id": each.scope.api_id,
                "is_direct": each.is_direct,
                "roles": [{"id": role.id, "key": role.key} for role in each.roles],
            }
            for each in found
        ]
    )


@operations.operation(
    f"POST {MEMBER}/apis/{{api_id}}/scopes/{{scope_id}}",
    "addOrganizationUserAPIScope",
    scope="create:organization_user_api_scopes",
)
async def add_organization_user_api_scope(
    context: Caller, org_code: str, user_id: str, api_id: str, scope_id: str
) -> dict[str, Any]:
    """Give a member a scope of an API directly."""
    await member_rights.add_member_scope(context, org_code, user_id, api_id, scope_id)
    return ok("API scope given to the user", "ORGANIZATION_USER_API_SCOPE_ADDED")


@operations.operation(
    f"DELETE {MEMBER}/apis/{{api_id}}/scopes/{{scope_id}}",
    "deleteOrganizationUserAPIScope",
    scope="delete:organization_user_api_scopes",
)
async def delete_organization_user_api_scope(
    context: Caller, org_code: str, user_id: str, api_id: str, scope_id: str
) -> dict[str, Any]:
    """Take a scope of an API that was given directly from a member; one from a role stays."""
    await member_rights.remove_member_scope(context, org_code, user_id, api_id, scope_id)
    return ok("API scope taken from the user", "ORGANIZATION_USER_API_SCOPE_REMOVED")


def _shown(held: HeldPermission, *, with_roles: bool) -> ShownHeldPermission:
    plain = shown_permission(held.permission)
    if not with_roles:
        return cast(ShownHeldPermission, plain)
    return {**plain, "roles": [{"id": role.id, "key": role.key} for role in held.roles]}
