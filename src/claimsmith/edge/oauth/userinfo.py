"""Serve userinfo at `/oauth2/v2/user_profile` and `/oauth2/userinfo`, and its first shape."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.errors import Unavailable
from claimsmith.domain.oidc_scopes import OPENID
from claimsmith.edge.errors import NO_STORE, oauth_error_response
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow, form_request, read_body
from claimsmith.edge.oauth.plain_answers import body_too_large, body_too_slow
from claimsmith.oauth.bearer import UserAccess, UserCaller
from claimsmith.oauth.errors import OAuthError, TemporarilyUnavailable
from claimsmith.oauth.userinfo_endpoint import first_userinfo, userinfo

log = structlog.get_logger("claimsmith.oauth")


class UserinfoRoutes:
    """Translate userinfo requests."""

    def __init__(self, access: UserAccess) -> None:
        """Take what lets holders of access tokens in."""
        self._access = access

    async def current(self, request: Request) -> Response:
        """Answer OpenID Connect Core §5.3.2."""
        return await self._answered(request, userinfo)

    async def first(self, request: Request) -> Response:
        """Answer in the shape of the first version."""
        return await self._answered(request, first_userinfo)

    async def _answered(self, request: Request, tell: Callable[[UserCaller], dict[str, Any]]) -> Response:
        try:
            caller = await self._access.authenticate(
                request.scope["claimsmith.runtime"],
                request.headers.getlist("authorization"),
                posted=await _posted_token(request),
                scope=OPENID,
            )
        except OAuthError as error:
            log.info("refused", path=request.url.path, error=error.error, reason=error.reason)
            return oauth_error_response(error)
        except BodyTooLarge:
            return body_too_large()
        except BodyTooSlow:
            return body_too_slow()
        except Unavailable as error:
            log.error("unavailable", path=request.url.path, detail=error.message)
            return oauth_error_response(
                TemporarilyUnavailable("The server cannot decide now.", reason="storage_unavailable")
            )
        return Response(orjson.dumps(tell(caller)), 200, NO_STORE, "application/json")


async def _posted_token(request: Request) -> str | None:
    """Return the `access_token` of a form, if one was posted (RFC 6750 §2.2)."""
    if request.method != "POST":
        return None
    body = await read_body(request.receive)
    if not body:
        return None
    form = form_request(request.scope["headers"], body, request.scope["claimsmith.address"])
    return form.single.get("access_token")
