"""Serve which connections and roles `/api/v1/applications/{application_id}` has."""

from collections.abc import Sequence
from typing import Any

from claimsmith.domain.roles import Connection
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases import application_access, connections

operations = Operations("Applications")


class ShownConnection(Shown):
    """Hold a way to sign in."""

    id: str
    name: str
    display_name: str
    strategy: str


class ShownConnectionEntry(Shown):
    """Hold a connection in the envelope that lists of the platform give each one."""

    code: str
    message: str
    connection: ShownConnection


class ShownAccessRole(Shown):
    """Hold a role that may use an application."""

    id: str
    key: str
    name: str
    description: str | None


@operations.operation(
    "GET /applications/{application_id}/connections",
    "GetApplicationConnections",
    scope="read:application_connections",
    answer={"connections": list[ShownConnectionEntry], "has_more": bool},
)
async def get_application_connections(context: Caller, application_id: str) -> dict[str, Any]:
    """List the connections that an application offers."""
    found = await application_access.list_connections(context, application_id)
    return ok(connections=_shown(found), has_more=False)


@operations.operation(
    "GET /connections",
    "GetConnections",
    scope="read:connections",
    answer={"connections": list[ShownConnectionEntry], "has_more": bool},
)
async def get_connections(context: Caller) -> dict[str, Any]:
    """List the connections that applications can offer."""
    return ok(connections=_shown(await connections.list_connections(context)), has_more=False)


def _shown(found: Sequence[Connection]) -> list[ShownConnectionEntry]:
    return [
        {
            "code": "OK",
            "message": "Success",
            "connection": {
                "id": item.id,
                "name": item.name,
                "display_name": item.display_name,
                "strategy": item.strategy,
            },
        }
        for item in found
    ]


@operations.operation(
    "POST /applications/{application_id}/connections/{connection_id}",
    "EnableConnection",
    scope="create:application_connections",
)
async def enable_connection(context: Caller, application_id: str, connection_id: str) -> dict[str, Any]:
    """Offer a connection in an application."""
    await application_access.enable_connection(context, application_id, connection_id)
    return ok("Connection enabled", "CONNECTION_ENABLED")


@operations.operation(
    "DELETE /applications/{application_id}/connections/{connection_id}",
    "RemoveConnection",
    scope="delete:application_connections",
)
async def remove_connection(context: Caller, application_id: str, connection_id: str) -> dict[str, Any]:
    """Stop offering a connection in an application."""
    await application_access.remove_connection(context, application_id, connection_id)
    return ok("Connection removed", "CONNECTION_REMOVED")


@operations.operation(
    "GET /applications/{application_id}/access_roles",
    "GetApplicationAccessRoles",
    scope="read:applications",
    answer={"roles": list[ShownAccessRole], "has_more": bool},
)
async def get_application_access_roles(
    context: Caller,
    application_id: str,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> dict[str, Any]:
    """List the roles that may use an application."""
    page = await application_access.list_access_roles(
        context,
        application_id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    shown: list[ShownAccessRole] = [
        {"id": role.id, "key": role.key, "name": role.name, "description": role.description}
        for role in page.items
    ]
    return ok(roles=shown, has_more=page.has_more)


@operations.operation(
    "POST /applications/{application_id}/access_roles/{role_id}",
    "AddApplicationAccessRole",
    scope="update:applications",
)
async def add_application_access_role(context: Caller, application_id: str, role_id: str) -> dict[str, Any]:
    """Let a role use an application."""
    await application_access.add_access_role(context, application_id, role_id)
    return ok("Access role added", "ACCESS_ROLE_ADDED")


@operations.operation(
    "DELETE /applications/{application_id}/access_roles/{role_id}",
    "RemoveApplicationAccessRole",
    scope="update:applications",
)
async def remove_application_access_role(
    context: Caller, application_id: str, role_id: str
) -> dict[str, Any]:
    """Stop a role from using an application."""
    await application_access.remove_access_role(context, application_id, role_id)
    return ok("Access role removed", "ACCESS_ROLE_REMOVED")
