"""Serve `GET|POST /oauth2/auth` (RFC 6749 §3.1): always with a redirect, never with a page of its own.

What the application must not be told, because nobody knows that it is one, is told by the page `/auth/error`.
It gets a reason by its slug, never a text, so that nobody can make this server say what they like.
"""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response

from claimsmith.edge.authorization_answers import answer_response
from claimsmith.edge.browsers import binder_of, browser_of, keep_binder, person_context
from claimsmith.edge.forms import BodyTooLarge, BodyTooSlow, form_request, parse_form, read_body
from claimsmith.edge.oauth.plain_answers import method_not_allowed
from claimsmith.oauth.attempts import FailedAttempts
from claimsmith.oauth.errors import InvalidRequest, OAuthError
from claimsmith.texts import choose_language
from claimsmith.usecases.authorization import Answered, Begun, Outcome, Refusal, authorize

log = structlog.get_logger("claimsmith.oauth")

LONGEST_QUERY = 16_384
LONGEST_MOVED = 8_192
SIGN_INS_A_MINUTE = 600
_PLAIN_QUERY = re.compile(rb"[!-\"$-~]*")
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}


class AuthorizationRoute:
    """Translate authorization requests."""

    def __init__(self, now: Callable[[], float], *, most_a_minute: int = SIGN_INS_A_MINUTE) -> None:
        """Take the clock, in seconds since the epoch, and how many sign-ins an address may begin a minute."""
        self._now = now
        self._begun = FailedAttempts(free=most_a_minute)

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        if request.method == "HEAD":  # a look must not begin a sign-in or make a code
            return method_not_allowed("GET, POST")
        try:
            query = await _parameters(request)
            if request.method == "POST" and _moves(request, query):
                return _redirect(f"{request.scope['root_path']}/oauth2/auth?{query.decode('ascii')}")
            pairs = parse_form(query)
            self._slow_down(request)
        except OAuthError as error:
            return self._told(request, Refusal(error))
        outcome = await authorize(
            person_context(request),
            request.scope["claimsmith.runtime"],
            pairs,
            browser_of(request),
            binder_of(request),
            language=_language(request, dict(pairs)),
        )
        return self._told(request, outcome)

    def _told(self, request: Request, outcome: Outcome) -> Response:
        if isinstance(outcome, Begun):
            self._begun.failed(_key(request), self._now())
            flow = urlencode({"flow": outcome.token.reveal()})
            response = _redirect(f"{request.scope['root_path']}/auth/{outcome.step.value}?{flow}")
            keep_binder(request, response, outcome.binder)
            return response
        if isinstance(outcome, Answered):
            if outcome.error is not None:
                _note(outcome.error)
            return answer_response(outcome.answer)
        _note(outcome.error)
        return error_page(request, outcome.error)

    def _slow_down(self, request: Request) -> None:
        wait = self._begun.wait_seconds(_key(request), self._now())
        if wait:
            raise InvalidRequest(
                f"Too many sign-ins were begun from this address. Wait {wait} seconds.",
                reason="too_many_sign_ins",
            )


def error_page(request: Request, error: OAuthError) -> Response:
    """Return the redirect to the page that tells a person what is wrong, in the language asked for."""
    shown = {"reason": error.reason, "request_id": request.scope["claimsmith.request_id"]}
    if error.client_id is not None:
        shown["client_id"] = error.client_id
    asked = [request.query_params.get("lang"), request.query_params.get("ui_locales")]
    if any(asked):
        shown["lang"] = choose_language(asked, request.headers.get("accept-language"))
    return _redirect(f"{request.scope['root_path']}/auth/error?{urlencode(shown)}")


async def _parameters(request: Request) -> bytes:
    """Return the parameters as an encoded form, from the query of a GET and the body of a POST alone."""
    if request.method == "GET":
        query: bytes = request.scope["query_string"]
    else:
        try:
            query = await read_body(request.receive, LONGEST_QUERY)
        except (BodyTooLarge, BodyTooSlow):
            raise _too_long() from None
        form_request(request.scope["headers"], b"", "")
    if len(query) > LONGEST_QUERY:
        raise _too_long()
    return query


def _language(request: Request, parameters: dict[str, str]) -> str:
    """Return the language of what is sent before the first page."""
    wanted = [parameters.get("lang"), parameters.get("ui_locales")]
    return choose_language(wanted, request.headers.get("accept-language"))


def _moves(request: Request, query: bytes) -> bool:
    """Tell whether a POST goes on as a GET: one from another site carries no `Lax` cookie, the GET does."""
    if len(query) > LONGEST_MOVED or not _PLAIN_QUERY.fullmatch(query):
        return False
    return browser_of(request).session_token is None


def _too_long() -> InvalidRequest:
    return InvalidRequest(
        f"The authorization request is longer than {LONGEST_QUERY} bytes.", reason="request_too_long"
    )


def _key(request: Request) -> tuple[str, str]:
    return request.scope["claimsmith.runtime"].id, request.scope["claimsmith.address"]


def _note(error: OAuthError) -> None:
    log.info(
        "authorization_refused",
        error=error.error,
        reason=error.reason,
        detail=error.detail,
        client_id=error.client_id,
    )


def _redirect(location: str) -> Response:
    return Response(b"", 302, {**_HEADERS, "Location": location})
