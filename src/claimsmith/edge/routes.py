"""List the protocol's paths on one screen.

    POST /oauth2/token                            edge/front.py sends it to edge/oauth/token.py, matched first
    GET|POST /oauth2/auth                         RFC 6749 §3.1
    POST /oauth2/introspect                       RFC 7662
    POST /oauth2/revoke                           RFC 7009
    GET|POST /oauth2/v2/user_profile              OpenID Connect Core §5.3; the same at /oauth2/userinfo
    GET|POST /oauth2/user_profile                 the same in its first shape
    POST /oauth2/device/auth                      RFC 8628 §3.1; the same at /oauth2/v2/device_authorization
    GET|POST /logout                              RP-Initiated Logout 1.0, and the platform's parameters
    GET  /.well-known/openid-configuration        OpenID Connect Discovery 1.0
    GET  /.well-known/oauth-authorization-server  RFC 8414
    GET  /.well-known/jwks.json, /.well-known/jwks
    GET  /health/live, /health/ready              edge/health.py, on any host
         /api/v1/...                              edge/management/api.py
         /auth/..., /device, /portal/...          edge/hosted/pages.py
         /account_api/v1/...                      edge/account/api.py
         /console/..., /static/...                edge/console/pages.py

For an issuer with a path prefix, `/.well-known/oauth-authorization-server` is served under the prefix, as the
SDKs build it; RFC 8414 §3.1's spelling, with the prefix behind it, is served too.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from claimsmith.edge.oauth import metadata
from claimsmith.edge.oauth.authorization import AuthorizationRoute
from claimsmith.edge.oauth.device_authorization import DeviceAuthorizationRoute
from claimsmith.edge.oauth.introspection import TokenStatusRoutes
from claimsmith.edge.oauth.logout import logout
from claimsmith.edge.oauth.plain_answers import method_not_allowed, not_found
from claimsmith.edge.oauth.userinfo import UserinfoRoutes

READ_BY_PAGES = frozenset(
    {"/oauth2/revoke", "/oauth2/v2/user_profile", "/oauth2/userinfo", "/oauth2/user_profile"}
)
"""The paths that pages of applications may read, beside the token endpoint and the account API."""


def make_protocol_app(
    authorization: AuthorizationRoute,
    devices: DeviceAuthorizationRoute,
    statuses: TokenStatusRoutes,
    userinfo: UserinfoRoutes,
) -> Starlette:
    """Return the application that serves the protocol's paths but the token endpoint's."""
    return Starlette(
        routes=[
            Route("/oauth2/auth", authorization.respond, methods=["GET", "POST"]),
            Route("/oauth2/introspect", statuses.introspect, methods=["POST"]),
            Route("/oauth2/revoke", statuses.revoke, methods=["POST"]),
            Route("/oauth2/v2/user_profile", userinfo.current, methods=["GET", "POST"]),
            Route("/oauth2/userinfo", userinfo.current, methods=["GET", "POST"]),
            Route("/oauth2/user_profile", userinfo.first, methods=["GET", "POST"]),
            Route("/oauth2/device/auth", devices.respond, methods=["POST"]),
            Route("/oauth2/v2/device_authorization", devices.respond, methods=["POST"]),
            Route("/logout", logout, methods=["GET", "POST"]),
            Route("/.well-known/openid-configuration", metadata.openid_configuration),
            Route("/.well-known/oauth-authorization-server", metadata.authorization_server),
            Route("/.well-known/jwks.json", metadata.jwks),
            Route("/.well-known/jwks", metadata.jwks),
            Route("/", _root),
        ],
        exception_handlers={HTTPException: _refused},
    )


async def _root(request: Request) -> Response:
    """Send a person who opens the bare address to the console."""
    return RedirectResponse(f"{request.scope['root_path']}/console", 302)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return method_not_allowed((error.headers or {}).get("Allow", "POST"))
    return not_found()
