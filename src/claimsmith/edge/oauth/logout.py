"""Serve `GET|POST /logout`: sign out and go back to the application, or ask on a page first."""

from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.edge.browsers import browser_of, person_context
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow, form_request, parse_form, read_body
from claimsmith.edge.oauth.plain_answers import method_not_allowed
from claimsmith.edge.sign_out import redirect, signed_out_response
from claimsmith.oauth.errors import OAuthError
from claimsmith.usecases.logout import MustConfirm, request_logout

log = structlog.get_logger("claimsmith.logout")

LONGEST_REQUEST = 16_384


async def logout(request: Request) -> Response:
    """Answer one request. What cannot be read is as nothing: then the person is asked."""
    if request.method == "HEAD":
        return method_not_allowed("GET, POST")
    browser = browser_of(request)
    pairs = await _parameters(request)
    if request.method == "POST" and browser.session_token is None:
        # A form of another site carries no `Lax` cookie; the GET that it becomes does.
        return redirect(f"{request.scope['root_path']}/logout?{urlencode(pairs)}")
    outcome = await request_logout(
        person_context(request),
        request.scope["claimsmith.runtime"],
        pairs,
        browser,
        is_navigation=request.headers.get("sec-fetch-dest", "document") == "document",
    )
    if isinstance(outcome, MustConfirm):
        query = urlencode(outcome.parameters)
        return redirect(f"{request.scope['root_path']}/auth/sign-out{'?' + query if query else ''}")
    if outcome.is_target_unknown:
        log.info("logout_uri_unknown")
    return signed_out_response(request, outcome)


async def _parameters(request: Request) -> list[tuple[str, str]]:
    try:
        if request.method == "GET":
            query: bytes = request.scope["query_string"]
            return parse_form(query) if len(query) <= LONGEST_REQUEST else []
        form_request(request.scope["headers"], b"", "")
        return parse_form(await read_body(request.receive, LONGEST_REQUEST))
    except (OAuthError, BodyTooLarge, BodyTooSlow):
        return []
