"""Serve token requests that pages of applications send from browsers."""

from dataclasses import dataclass
from typing import Any

from claimsmith.domain.origins import is_among, origins_of
from claimsmith.edge.cross_origin import VARY, adding, header, permission
from claimsmith.edge.refresh_cookies import RefreshCookies, cookie_name, refresh_cookies, with_refresh_cookie
from claimsmith.oauth.errors import InvalidGrant, OAuthError
from claimsmith.oauth.issued import IssuedToken
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Clients
from claimsmith.usecases.directory import Runtime


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Hold a token request of a page: the form to go by, and how to answer it.

    A page that is none of the client's is answered like any program, without permission to read it; it is
    given no cookie and none is believed from it.
    """

    form: FormRequest
    origin: str
    is_allowed: bool
    cookies: RefreshCookies | None = None
    came_by_cookie: bool = False
    lifetime_seconds: int = 0

    def granted(self, issued: IssuedToken, send: Any) -> Any:
        """Return the `send` of a success: a refresh token is put into the browser, too."""
        lines = permission(self.origin) if self.is_allowed else [VARY]
        if self.cookies is not None and issued.refresh_token is not None:
            lines += self.cookies.written(issued.refresh_token, self.lifetime_seconds)
        return adding(lines, send)

    def refused(self, error: OAuthError, send: Any) -> Any:
        """Return the `send` of a refusal: a refresh token in the browser that is no good is taken out."""
        lines = permission(self.origin) if self.is_allowed else [VARY]
        if self.cookies is not None and self.came_by_cookie and isinstance(error, InvalidGrant):
            lines += self.cookies.cleared()
        return adding(lines, send)


async def page_request(
    clients: Clients, runtime: Runtime, form: FormRequest, scope: Any
) -> PageRequest | None:
    """Return the request of a page by its `Origin`, or `None` for one that no page sent."""
    origin = header(scope, b"origin")
    if origin is None:
        return None
    client_id = form.single.get("client_id", "")
    client = clients.cached(runtime.id, client_id) or await clients.load(runtime.id, client_id)
    if client is None:
        return PageRequest(form, origin, is_allowed=False)
    application = client.view.application
    registered = origins_of(application.redirect_uris)
    if not is_among(origin, registered, is_production=runtime.environment.is_production):
        return PageRequest(form, origin, is_allowed=False)
    name = cookie_name(application.id, application.options)
    cookies = None if application.type.is_confidential else refresh_cookies(runtime.issuer, origin, name)
    named = with_refresh_cookie(form, header(scope, b"cookie"), name) if cookies is not None else form
    return PageRequest(
        named,
        origin,
        is_allowed=True,
        cookies=cookies,
        came_by_cookie=named is not form,
        lifetime_seconds=application.refresh_token_lifetime_seconds,
    )
