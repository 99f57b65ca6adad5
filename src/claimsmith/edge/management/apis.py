"""Serve `/api/v1/apis`, and the APIs of an application."""

from typing import Any, NotRequired

from claimsmith.domain.apis import Api, Scope
from claimsmith.domain.applications import ApplicationType
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.paging import LARGEST_PAGE_SIZE
from claimsmith.edge.management.answers import Named, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import apis

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


class ShownShortScope(Shown):
    """Hold a scope as lists of APIs show it."""

    id: str
    key: str


class ShownScope(ShownShortScope):
    """Hold a scope."""

    description: str | None


class ShownApi(Shown):
    """Hold an API; with its scopes where they were asked for."""

    id: str
    name: str
    audience: str
    is_management_api: bool
    signing_algorithm: str
    token_shape: str
    scopes: NotRequired[list[ShownShortScope]]


class ShownApiApplication(Shown):
    """Hold an application that is authorized for an API; `type` is in words."""

    id: str
    name: str
    type: str
    is_active: bool


class ShownWholeApi(ShownApi):
    """Hold an API with the applications authorized for it."""

    applications: list[ShownApiApplication]


@operations.operation(
    "GET /apis", "getAPIs", scope="read:apis", answer={"apis": list[ShownApi], "next_token": str | None}
)
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


@operations.operation("POST /apis", "addAPIs", scope="create:apis", answer={"api": Named})
async def add_apis(context: Caller, body: NewApi) -> dict[str, Any]:
    """Register an API. The first one of a signing algorithm takes two seconds: its key is published first."""
    api = await apis.create_api(
        context,
        name=body.name,
        audience=body.audience,
        signing_algorithm=body.signing_algorithm,
        token_shape=body.token_shape,
    )
    return ok(api={"id": api.id})


@operations.operation("GET /apis/{api_id}", "getAPI", scope="read:apis", answer={"api": ShownWholeApi})
async def get_api(context: Caller, api_id: str) -> dict[str, Any]:
    """Read one API with its scopes and the applications authorized for it."""
    found = await apis.get_api(context, api_id)
    applications: list[ShownApiApplication] = [
        {
            "id": entry.application_id,
            "name": entry.application_name,
            "type": ApplicationType(entry.application_type).label,
            "is_active": True,
        }
        for entry in found.applications
    ]
    api: ShownWholeApi = {
        **_shown(found.api),
        "scopes": _short(found.scopes),
        "applications": applications,
    }
    return ok(api=api)


@operations.operation("PATCH /apis/{api_id}", "updateAPI", scope="update:apis")
async def update_api(context: Caller, api_id: str, body: ApiChanges) -> dict[str, Any]:
    """Change an API's name, or how tokens for it are signed and shaped. Its audience never changes.

    The first change to a signing algorithm takes two seconds: the key is published before it signs.
    """
    await apis.change_api(context, api_id, body.model_dump(exclude_unset=True))
    return ok("API updated", "API_UPDATED")


@operations.operation("DELETE /apis/{api_id}", "deleteAPI", scope="delete:apis")
async def delete_api(context: Caller, api_id: str) -> dict[str, Any]:
    """Delete an API with its scopes and authorizations."""
    await apis.delete_api(context, api_id)
    return ok("API successfully deleted", "API_DELETED")


@operations.operation(
    "GET /apis/{api_id}/scopes", "getAPIScopes", scope="read:api_scopes", answer={"scopes": list[ShownScope]}
)
async def get_api_scopes(context: Caller, api_id: str) -> dict[str, Any]:
    """List the scopes of an API by key."""
    return ok(scopes=[shown_scope(scope) for scope in await apis.list_scopes(context, api_id)])


@operations.operation(
    "POST /apis/{api_id}/scopes", "addAPIScope", scope="create:api_scopes", answer={"scope": Named}
)
async def add_api_scope(context: Caller, api_id: str, body: NewScope) -> dict[str, Any]:
    """Define a scope of an API."""
    scope = await apis.add_scope(context, api_id, key=body.key, description=body.description)
    return ok(scope={"id": scope.id})


@operations.operation(
    "GET /apis/{api_id}/scopes/{scope_id}",
    "getAPIScope",
    scope="read:api_scopes",
    answer={"scope": ShownScope},
)
async def get_api_scope(context: Caller, api_id: str, scope_id: str) -> dict[str, Any]:
    """Read one scope."""
    return ok(scope=shown_scope(await apis.get_scope(context, api_id, scope_id)))


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


def _shown(api: Api) -> ShownApi:
    return {
        "id": api.id,
        "name": api.name,
        "audience": api.audience,
        "is_management_api": api.is_management_api,
        "signing_algorithm": api.signing_algorithm.value,
        "token_shape": api.token_shape.value,
    }


def _short(scopes: tuple[Scope, ...]) -> list[ShownShortScope]:
    return [{"id": scope.id, "key": scope.key} for scope in scopes]


def shown_scope(scope: Scope) -> ShownScope:
    """Return a scope as the management API shows it."""
    return {"id": scope.id, "key": scope.key, "description": scope.description}
