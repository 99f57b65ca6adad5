"""Decide who may call the management API, and as whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from claimsmith.domain.changes import Author
from claimsmith.oauth.errors import InvalidToken
from claimsmith.usecases.context import Context, Platform
from claimsmith.usecases.directory import Runtime
from claimsmith.usecases.live_tokens import live_tokens


@dataclass(frozen=True, slots=True)
class AuthenticatedCaller:
    """Hold a caller of the management API: its context and the scopes it may use now."""

    context: Context
    scopes: frozenset[str]


async def authenticate_caller(
    platform: Platform, runtime: Runtime, headers: Sequence[str]
) -> AuthenticatedCaller:
    """Return the caller of a request with a bearer token of this server for `{issuer}/api` (RFC 6750).

    The scopes are those of the token that are still enabled for its application: a right taken away is gone
    at once, not when the token expires. Raises `InvalidToken`.
    """
    header = headers[0] if len(headers) == 1 else ""
    if header[:7].lower() != "bearer ":
        raise InvalidToken(
            "Send one Authorization header: Bearer and a token whose audience is the management API.",
            reason="token_missing",
        )
    tokens = live_tokens(platform)
    audience = runtime.environment.management_audience
    found = await tokens.find(runtime, header[7:].strip())
    if found is None or audience not in found.claims.get("aud", ()):
        raise InvalidToken(
            f"The token is not a live token for the audience {audience}.", reason="token_invalid"
        )
    claims, client = found.claims, found.client
    grant = client.view.grants.get(audience)
    enabled = grant.enabled if grant else frozenset()
    application_id = client.view.application.id
    scopes = enabled & frozenset(claims.get("scp", ()))
    author = Author("application", application_id)
    return AuthenticatedCaller(Context(platform, runtime.environment, author, scopes), scopes)
