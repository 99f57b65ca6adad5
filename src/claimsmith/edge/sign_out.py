"""Answer once somebody is signed out: empty the browser, and send it on."""

from starlette.requests import Request
from starlette.responses import Response

from claimsmith.edge.browsers import forget_session
from claimsmith.edge.refresh_cookies import forget_refresh_tokens
from claimsmith.usecases.logout import SignedOut

_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}


def signed_out_response(request: Request, signed_out: SignedOut, *, status: int = 302) -> Response:
    """Return the redirect to the application, or to the page that says that one is signed out."""
    location = signed_out.target or f"{request.scope['root_path']}/auth/signed-out"
    response = redirect(location, status=status)
    forget_session(request, response)
    forget_refresh_tokens(request, response, signed_out.target, signed_out.applications)
    return response


def redirect(location: str, *, status: int = 302) -> Response:
    """Return a redirect that nothing keeps and that tells nobody where it came from."""
    return Response(b"", status, {**_HEADERS, "Location": location})
