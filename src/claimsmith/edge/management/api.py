"""Put the management API together: every noun's operations, one set of error shapes, one OpenAPI document."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

import claimsmith
from claimsmith.domain.errors import DomainError, Unavailable
from claimsmith.edge.errors import api_error_response, api_errors
from claimsmith.edge.management import (
    accepted_terms,
    api_authorizations,
    apis,
    application_access,
    application_secrets,
    application_urls,
    applications,
    billing_agreements,
    billing_customers,
    billing_features,
    billing_plans,
    billing_usage,
    consents,
    environment,
    feature_flags,
    identities,
    invitations,
    member_rights,
    members,
    organization_values,
    organizations,
    permissions,
    plan,
    policies,
    portal,
    pricing_tables,
    properties,
    role_contents,
    roles,
    scope_imports,
    second_factors,
    system_permissions,
    token_profiles,
    usage,
    user_billing,
    user_search,
    user_sessions,
    user_values,
    users,
)
from claimsmith.edge.management.answers import answer_schemas
from claimsmith.edge.management.operations import Operations
from claimsmith.oauth.errors import OAuthError

PREFIX = "/api/v1"
OPERATIONS: Sequence[Operations] = (
    applications.operations,
    application_access.operations,
    application_urls.operations,
    application_secrets.operations,
    token_profiles.operations,
    apis.operations,
    api_authorizations.operations,
    scope_imports.operations,
    feature_flags.operations,
    environment.operations,
    plan.operations,
    properties.operations,
    organizations.operations,
    organization_values.operations,
    members.operations,
    member_rights.operations,
    invitations.operations,
    roles.operations,
    second_factors.operations,
    role_contents.operations,
    system_permissions.operations,
    permissions.operations,
    policies.operations,
    portal.operations,
    pricing_tables.operations,
    usage.operations,
    users.operations,
    user_search.operations,
    user_billing.operations,
    identities.operations,
    user_values.operations,
    user_sessions.operations,
    consents.operations,
    billing_features.operations,
    billing_plans.operations,
    billing_customers.operations,
    billing_agreements.operations,
    billing_usage.operations,
    accepted_terms.operations,
)


@cache
def make_management_api() -> FastAPI:
    """Return the ASGI application of `/api/v1`; it keeps nothing between requests, so one is enough."""
    api = FastAPI(
        title="Claimsmith Management API", version=claimsmith.__version__, openapi_url=None, docs_url=None
    )
    api.router.redirect_slashes = False
    for operations in OPERATIONS:
        api.include_router(operations, prefix=PREFIX)
    api.add_api_route(f"{PREFIX}/openapi.json", _openapi, include_in_schema=False)
    api.add_exception_handler(DomainError, _refused)
    api.add_exception_handler(OAuthError, _refused)
    api.add_exception_handler(Unavailable, _refused)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _no_route)
    api.add_exception_handler(Exception, _failed)
    return api


def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(openapi_document(request.scope["claimsmith.runtime"].issuer))


def openapi_document(issuer: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the API at an issuer."""
    return {**_document(), "servers": [{"url": issuer}]}


@cache
def _document() -> dict[str, Any]:
    """Return the document but for the server; making it takes a moment, so it is made once."""
    api = make_management_api()
    document = get_openapi(
        title=api.title,
        version=api.version,
        description="Configure a Claimsmith environment. Each operation names the scope it needs in x-scope.",
        routes=api.routes,
    )
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    _describe_answers(document)
    _describe_errors(document)
    return document


def _describe_answers(document: dict[str, Any]) -> None:
    """Give the success of every operation the schema of what the operation says it answers."""
    declared = [pair for operations in OPERATIONS for pair in operations.answers.items()]
    schemas, named = answer_schemas(declared)
    document["components"].setdefault("schemas", {}).update(named)
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status < "300":
                    schema = schemas[operation["operationId"]]
                    response["content"] = {"application/json": {"schema": schema}}


def _describe_errors(document: dict[str, Any]) -> None:
    """State the one error shape for every operation, in place of FastAPI's own 422."""
    schemas = document["components"].setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    entry = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            **{name: {"type": "string"} for name in ("code", "message", "field", "feature", "plan")},
            "plans": {"type": "array", "items": {"type": "string"}},
            "trial": {"type": "object", "additionalProperties": True},
            "start_trial": {"type": "object", "additionalProperties": True},
        },
    }
    schemas["Errors"] = {
        "type": "object",
        "required": ["errors"],
        "properties": {"errors": {"type": "array", "items": entry}},
    }
    shape = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}}
    told = {
        "400": "The request is malformed or a value is wrong.",
        "401": "The bearer token is missing, expired, revoked or for another audience.",
        "403": "The token lacks the scope, the act is not permitted, or the plan does not include it.",
        "404": "There is no such object in this environment.",
        "409": "Another object holds this value already, or a limit is reached.",
        "503": "The server cannot reach its database now; Retry-After says when to try again.",
    }
    changed = "The object was changed since it was read: If-Match names another version."
    for path in document.get("paths", {}).values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            for status, description in told.items():
                operation["responses"][status] = {"description": description, **shape}
            if any(each["name"] == "if-match" for each in operation.get("parameters", ())):
                operation["responses"]["412"] = {"description": changed, **shape}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError | OAuthError | Unavailable)  # noqa: S101 - registered for these
    return api_error_response(error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this
    entries = []
    for problem in error.errors()[:20]:
        place = [str(part) for part in problem["loc"][1:]] or [str(problem["loc"][0])]
        field = ".".join(place)
        if problem["type"] == "json_invalid":
            entries.append({"code": "BODY_NOT_JSON", "message": "The body is not JSON."})
        else:
            message = f"{field}: {problem['msg']}."
            entries.append({"code": "INVALID_INPUT", "message": message, "field": field})
    return api_errors(400, entries)


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this
    path = request.scope["path"]
    if error.status_code == 405:
        entry = {"code": "METHOD_NOT_ALLOWED", "message": f"{request.method} is not offered at {path}."}
        return api_errors(405, [entry], dict(error.headers or {}))
    if error.status_code == 404:
        return api_errors(404, [{"code": "ROUTE_NOT_FOUND", "message": f"There is no operation at {path}."}])
    return api_errors(error.status_code, [{"code": "REFUSED", "message": str(error.detail)}])


async def _failed(request: Request, error: Exception) -> Response:
    """Disclose nothing of a defect but the id under which the log says more."""
    told = f"The server failed. The log says more under {request.scope['claimsmith.request_id']}."
    return api_errors(500, [{"code": "SERVER_ERROR", "message": told}])
