"""Turn errors into responses: the only place where an error learns an HTTP status."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from claimsmith.domain.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    InvalidInput,
    LimitReached,
    NotFound,
    NotPermitted,
    PlanRequired,
    Unavailable,
)
from claimsmith.oauth.errors import InsufficientScope, InvalidClient, InvalidToken, OAuthError

_STATUS: dict[type[DomainError], int] = {
    InvalidInput: 400,
    NotFound: 404,
    AlreadyExists: 409,
    NotPermitted: 403,
    PlanRequired: 403,
    LimitReached: 409,
    Conflict: 412,
}
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"}


def oauth_error_response(error: OAuthError) -> Response:
    """Answer with the JSON of RFC 6749 §5.2, never cached."""
    body = orjson.dumps({"error": error.error, "error_description": error.description})
    return Response(body, error.status, {**NO_STORE, **_oauth_headers(error)}, "application/json")


def _oauth_headers(error: OAuthError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, InvalidClient) and error.challenge:
        headers["WWW-Authenticate"] = 'Basic realm="token endpoint", charset="UTF-8"'
    if isinstance(error, InvalidToken):
        known = error.reason != "token_missing"
        headers["WWW-Authenticate"] = (
            f'Bearer error="invalid_token", error_description="{error.description}"' if known else "Bearer"
        )
    if isinstance(error, InsufficientScope):
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    return headers


def domain_status(error: DomainError) -> int:
    """Return the HTTP status of a refusal by a use case."""
    return next((status for family, status in _STATUS.items() if isinstance(error, family)), 400)


def api_error_response(error: DomainError | OAuthError | Unavailable) -> Response:
    """Answer the management API with `{"errors": [{"code", "message"}]}`; `field` is added when known."""
    if isinstance(error, OAuthError):
        entry = {"code": error.error.upper(), "message": error.description}
        return api_errors(error.status, [entry], _oauth_headers(error))
    if isinstance(error, Unavailable):
        entry = {"code": "TEMPORARILY_UNAVAILABLE", "message": "The server cannot reach its database now."}
        return api_errors(503, [entry], {"Retry-After": str(error.retry_after_seconds)})
    refusal: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.field:
        refusal["field"] = error.field
    if isinstance(error, PlanRequired):
        refusal |= error.details
    return api_errors(domain_status(error), [refusal])


def api_errors(
    status: int, entries: Sequence[Mapping[str, Any]], headers: dict[str, str] | None = None
) -> Response:
    """Answer the management API with several errors."""
    body = orjson.dumps({"errors": entries})
    return Response(body, status, {**NO_STORE, **(headers or {})}, "application/json")
