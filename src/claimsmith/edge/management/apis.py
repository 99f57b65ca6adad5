"""Serve `/api/v1/apis`, and the APIs of an application."""

from typing import Any

from claimsmith.domain.apis import Api, AuthorizedApi, Scope
from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.paging import LARGEST_PAGE_SIZE
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import api_authorizations, apis

operations = Operations("APIs")


class NewApi(Body):
    """Hold the body of `POST /apis`."""

    name: str
    audience: str
    signing_algorithm: str | None = None
    token_shape: str | None = None


class ApiChanges(Body):
    """Hold the body of `PATCH /apis/{api_id}`: only what is present is changed."""

    name: str | None = None
    signing_algorithm: str | None = None
    token_shape: str | None = None


class NewScope(Body):
    """Hold the body of `POST /apis/{api_id}/scopes`."""

    key: str
    description: str | None = None


class ScopeChanges(Body):
    """Hold the body of `PATCH /apis/{api_id}/scopes/{scope_id}`: only what is present is changed."""

    description: str | None = None


class ApplicationOperation(Body):
    """Hold one entry of `PATCH /apis/{api_id}/applications`: `delete` revokes, no operation authorizes."""

    id: str
    operation: str | None = None


class ApplicationOperations(Body):
    """Hold the body of `PATCH /apis/{api_id}/applications`."""

    applications: list[ApplicationOperation]


@operations.operation("GET /apis", "getAPIs", scope="read:apis")
async def get_apis(
    context: Caller,
    expand: str | None = None,
    page_size: int = LARGEST_PAGE_SIZE,
    next_token: str | None = None,
) -> dict[str, Any]:
    """List APIs by name, with their scopes when `expand=scopes`.

    A page holds 500 unless `page_size` says otherwise, because published clients cannot ask for the next one.
    """
    if expand not in (None, "", "scopes"):
        raise InvalidInput(f"expand is {expand!r}; use scopes.", field="expand", code="EXPAND_INVALID")
    page = await apis.list_apis(
        context, page_size=page_size, next_token=next_token, with_scopes=expand == "scopes"
    )
    found = []
    for item in page.items:
        entry = _shown(item.api)
        if item.scopes is not None:
            entry["scopes"] = _short(item.scopes)
        found.append(entry)
    return ok(apis=found, next_token=page.next_token)


@operations.operation("POST /apis", "addAPIs", scope="create:apis")
async def add_apis(context: Caller, body: NewApi) -> dict[str, Any]:
    """Register an API."""
    api = await apis.create_api(
        context,
        name=body.name,
        audience=body.audience,
        signing_algorithm=body.signing_algorithm,
        token_shape=body.token_shape,
    )
    return ok(api={"id": api.id})


@operations.operation("GET /apis/{api_id}", "getAPI", scope="read:apis")
async def get_api(context: Caller, api_id: str) -> dict[str, Any]:
    """Read one API with its scopes and the applications authorized for it."""
    found = await apis.get_api(context, api_id)
    applications = [
        {
            "id": entry.application_id,
            "name": entry.application_name,
            "type": ApplicationType(entry.application_type).label,
            "is_active": True,
        }
        for entry in found.applications
    ]
    return ok(api={**_shown(found.api), "scopes": _short(found.scopes), "applications": applications})


@operations.operation("PATCH /apis/{api_id}", "updateAPI", scope="update:apis")
async def update_api(context: Caller, api_id: str, body: ApiChanges) -> dict[str, Any]:
    """Change an API's name, or how tokens for it are signed and shaped. Its audience never changes."""
    await apis.change_api(context, api_id, body.model_dump(exclude_unset=True))
    return ok("API updated", "API_UPDATED")


@operations.operation("DELETE /apis/{api_id}", "deleteAPI", scope="delete:apis")
async def delete_api(context: Caller, api_id: str) -> dict[str, Any]:
    """Delete an API with its scopes and authorizations."""
    await apis.delete_api(context, api_id)
    return ok("API successfully deleted", "API_DELETED")


@operations.operation("GET /apis/{api_id}/scopes", "getAPIScopes", scope="read:api_scopes")
async def get_api_scopes(context: Caller, api_id: str) -> dict[str, Any]:
    """List the scopes of an API by key."""
    return ok(scopes=[_shown_scope(scope) for scope in await apis.list_scopes(context, api_id)])


@operations.operation("POST /apis/{api_id}/scopes", "addAPIScope", scope="create:api_scopes")
async def add_api_scope(context: Caller, api_id: str, body: NewScope) -> dict[str, Any]:
    """Define a scope of an API."""
    scope = await apis.add_scope(context, api_id, key=body.key, description=body.description)
    return ok(scope={"id": scope.id})


@operations.operation("GET /apis/{api_id}/scopes/{scope_id}", "getAPIScope", scope="read:api_scopes")
async def get_api_scope(context: Caller, api_id: str, scope_id: str) -> dict[str, Any]:
    """Read one scope."""
    return ok(scope=_shown_scope(await apis.get_scope(context, api_id, scope_id)))


@operations.operation("PATCH /apis/{api_id}/scopes/{scope_id}", "updateAPIScope", scope="update:api_scopes")
async def update_api_scope(context: Caller, api_id: str, scope_id: str, body: ScopeChanges) -> dict[str, Any]:
    """Change the description of a scope. Imported scopes follow their document."""
    if "description" in body.model_fields_set:
        await apis.change_scope(context, api_id, scope_id, body.description)
    else:
        await apis.get_scope(context, api_id, scope_id)
    return ok("API scope updated", "API_SCOPE_UPDATED")


@operations.operation("DELETE /apis/{api_id}/scopes/{scope_id}", "deleteAPIScope", scope="delete:apis_scopes")
async def delete_api_scope(context: Caller, api_id: str, scope_id: str) -> dict[str, Any]:
    """Delete a scope, also where it is enabled. Imported scopes go with their import."""
    await apis.delete_scope(context, api_id, scope_id)
    return ok("API scope deleted", "API_SCOPE_DELETED")


@operations.operation("PATCH /apis/{api_id}/applications", "updateAPIApplications", scope="update:apis")
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


@operations.operation("GET /applications/{application_id}/apis", "getApplicationAPIs", scope="read:apis")
async def get_application_apis(context: Caller, application_id: str) -> dict[str, Any]:
    """List the APIs an application is authorized for, with all their scopes and which of them it has."""
    found = await api_authorizations.list_application_apis(context, application_id)
    return ok(apis=[_shown_authorized(authorized) for authorized in found])


def _shown(api: Api) -> dict[str, Any]:
    return {
        "id": api.id,
        "name": api.name,
        "audience": api.audience,
        "is_management_api": api.is_management_api,
        "signing_algorithm": api.signing_algorithm.value,
        "token_shape": api.token_shape.value,
    }


def _short(scopes: tuple[Scope, ...]) -> list[dict[str, Any]]:
    return [{"id": scope.id, "key": scope.key} for scope in scopes]


def _shown_scope(scope: Scope) -> dict[str, Any]:
    return {"id": scope.id, "key": scope.key, "description": scope.description}


def _shown_authorized(authorized: AuthorizedApi) -> dict[str, Any]:
    scopes = [
        {**_shown_scope(scope), "is_enabled": scope.id in authorized.enabled_scope_ids}
        for scope in authorized.scopes
    ]
    api = authorized.api
    return {"id": api.id, "name": api.name, "audience": api.audience, "scopes": scopes}
