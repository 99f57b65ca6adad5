"""Serve which applications `/api/v1/apis/{api_id}` has, and the APIs of an application."""

from typing import Any

from claimsmith.domain.apis import AuthorizedApi
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.apis import ShownScope, shown_scope
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import api_authorizations

operations = Operations("APIs")


class ApplicationOperation(Body):
    """Hold one entry of `PATCH /apis/{api_id}/applications`: `delete` revokes, no operation authorizes."""

    id: str
    operation: str | None = None


class ApplicationOperations(Body):
    """Hold the body of `PATCH /apis/{api_id}/applications`."""

    applications: list[ApplicationOperation]


class ShownApplicationScope(ShownScope):
    """Hold a scope, and whether the application has it."""

    is_enabled: bool


class ShownAuthorizedApi(Shown):
    """Hold an API that an application is authorized for."""

    id: str
    name: str
    audience: str
    scopes: list[ShownApplicationScope]


@operations.operation(
    "PATCH /apis/{api_id}/applications",
    "updateAPIApplications",
    scope="update:apis",
    answer={"applications_connected": list[str], "applications_disconnected": list[str]},
)
async def update_api_applications(
    context: Caller, api_id: str, body: ApplicationOperations
) -> dict[str, Any]:
    """Authorize applications for an API, or revoke their authorization: all entries or none."""
    connected, disconnected = await api_authorizations.change_authorized_applications(
        context, api_id, [(entry.id, entry.operation) for entry in body.applications]
    )
    return ok(
        "API applications updated",
        "API_APPLICATIONS_UPDATED",
        applications_connected=connected,
        applications_disconnected=disconnected,
    )


@operations.operation(
    "POST /apis/{api_id}/applications/{application_id}/scopes/{scope_id}",
    "addAPIApplicationScope",
    scope="create:api_application_scopes",
)
async def add_api_application_scope(
    context: Caller, api_id: str, application_id: str, scope_id: str
) -> dict[str, Any]:
    """Enable a scope for an application that is authorized for the API."""
    await api_authorizations.enable_scope(context, api_id, application_id, scope_id)
    return ok("API scope enabled for the application", "API_APPLICATION_SCOPE_ADDED")


@operations.operation(
    "DELETE /apis/{api_id}/applications/{application_id}/scopes/{scope_id}",
    "deleteAPIApplicationScope",
    scope="delete:apis_application_scopes",
)
async def delete_api_application_scope(
    context: Caller, api_id: str, application_id: str, scope_id: str
) -> dict[str, Any]:
    """Disable a scope for an application."""
    await api_authorizations.disable_scope(context, api_id, application_id, scope_id)
    return ok("API scope disabled for the application", "API_APPLICATION_SCOPE_DELETED")


@operations.operation(
    "GET /applications/{application_id}/apis",
    "getApplicationAPIs",
    scope="read:apis",
    answer={"apis": list[ShownAuthorizedApi]},
)
async def get_application_apis(context: Caller, application_id: str) -> dict[str, Any]:
    """List the APIs an application is authorized for, with all their scopes and which of them it has."""
    found = await api_authorizations.list_application_apis(context, application_id)
    return ok(apis=[_shown_authorized(authorized) for authorized in found])


def _shown_authorized(authorized: AuthorizedApi) -> ShownAuthorizedApi:
    scopes: list[ShownApplicationScope] = [
        {**shown_scope(scope), "is_enabled": scope.id in authorized.enabled_scope_ids}
        for scope in authorized.scopes
    ]
    api = authorized.api
    return {"id": api.id, "name": api.name, "audience": api.audience, "scopes": scopes}
