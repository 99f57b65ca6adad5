"""Serve `POST /oauth2/introspect` and `POST /oauth2/revoke`."""

from collections.abc import Awaitable, Callable

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.errors import Unavailable
from claimsmith.edge.errors import NO_STORE, oauth_error_response
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow, form_request, read_body
from claimsmith.edge.oauth.plain_answers import body_too_large, body_too_slow
from claimsmith.oauth.errors import OAuthError, TemporarilyUnavailable
from claimsmith.oauth.introspection_endpoint import IntrospectionEndpoint
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.revocation_endpoint import RevocationEndpoint

log = structlog.get_logger("claimsmith.oauth")


class TokenStatusRoutes:
    """Translate introspection and revocation requests."""

    def __init__(self, introspection: IntrospectionEndpoint, revocation: RevocationEndpoint) -> None:
        """Take the endpoints that decide."""
        self._introspection = introspection
        self._revocation = revocation

    async def introspect(self, request: Request) -> Response:
        """Answer RFC 7662 §2."""

        async def decide(form: FormRequest) -> Response:
            answer = await self._introspection.respond(request.scope["claimsmith.runtime"], form)
            return Response(orjson.dumps(dict(answer)), 200, NO_STORE, "application/json")

        return await _answered(request, decide)

    async def revoke(self, request: Request) -> Response:
        """Answer RFC 7009 §2: 200 and nothing else."""

        async def decide(form: FormRequest) -> Response:
            await self._revocation.respond(request.scope["claimsmith.runtime"], form)
            return Response(b"", 200, NO_STORE)

        return await _answered(request, decide)


async def _answered(request: Request, decide: Callable[[FormRequest], Awaitable[Response]]) -> Response:
    try:
        body = await read_body(request.receive)
        form = form_request(request.scope["headers"], body, request.scope["claimsmith.address"])
        return await decide(form)
    except OAuthError as error:
        log.info("refused", path=request.url.path, error=error.error, reason=error.reason)
        return oauth_error_response(error)
    except BodyTooLarge:
        return body_too_large()
    except BodyTooSlow:
        return body_too_slow()
    except Unavailable as error:
        log.error("unavailable", path=request.url.path, detail=error.detail)
        return oauth_error_response(
            TemporarilyUnavailable("The server cannot decide now.", reason="storage_unavailable")
        )
