"""Serve `POST /oauth2/token`: a bare ASGI callable, because this is the hot path."""

from functools import lru_cache
from typing import Any

import orjson
import structlog

from claimsmith.domain.errors import Unavailable
from claimsmith.domain.random_digits import RandomDigits
from claimsmith.edge.cross_origin import Asgi
from claimsmith.edge.errors import oauth_error_response
from claimsmith.edge.forms import LARGEST_BODY, BodyTooLarge, BodyTooSlow, Headers, form_request, read_body
from claimsmith.edge.metrics import TOKENS_ISSUED, TOKENS_OVER_BUDGET, TOKENS_REFUSED
from claimsmith.edge.oauth.page_requests import page_request
from claimsmith.edge.oauth.plain_answers import body_too_large, body_too_slow
from claimsmith.oauth.errors import OAuthError, TemporarilyUnavailable
from claimsmith.oauth.issued import IssuedToken
from claimsmith.oauth.ports import Clients, Issuing
from claimsmith.oauth.token_endpoint import Granted, TokenEndpoint
from claimsmith.usecases.directory import Runtime

log = structlog.get_logger("claimsmith.token")

_HEADERS = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
)
_HEADER_LINES = b"".join(name + b": " + value + b"\r\n" for name, value in _HEADERS)
_REQUEST_IDS = RandomDigits(16)
_MOST_ENDS = 1_024


class TokenRoute:
    """Translate token requests."""

    def __init__(self, endpoint: TokenEndpoint, clients: Clients, other_methods: Asgi) -> None:
        """Take the endpoint that decides, where clients are found, and what answers all but POST."""
        self._endpoint = endpoint
        self._clients = clients
        self._other_methods = other_methods

    async def __call__(self, runtime: Runtime, address: str, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; `address` is where it came from."""
        if scope["method"] != "POST":
            scope["claimsmith.runtime"] = runtime
            await self._other_methods(scope, receive, send)
            return
        page = None
        try:
            body = await read_body(receive)
            form = form_request(scope["headers"], body, address)
            page = await page_request(self._clients, runtime, form, scope)
            issued = await self._endpoint.respond(runtime, page.form if page else form)
        except OAuthError as error:
            await self._refuse(error, scope, receive, page.refused(error, send) if page else send)
            return
        except BodyTooLarge:
            await body_too_large()(scope, receive, send)
            return
        except BodyTooSlow:
            await body_too_slow()(scope, receive, send)
            return
        except Unavailable as error:
            log.error("token_unavailable", detail=error.detail)
            await self._refuse(
                TemporarilyUnavailable("The server cannot decide now.", reason="storage_unavailable"),
                scope,
                receive,
                send,
            )
            return
        await _answer(issued, page.granted(issued, send) if page else send)

    def grant_now(self, environment: Issuing, address: str, headers: Headers, body: bytes) -> Granted | None:
        """Return what a request is granted when that needs no waiting; `None` for anything else."""
        if len(body) > LARGEST_BODY:
            return None
        try:
            return self._endpoint.grant_now(environment, form_request(headers, body, address))
        except OAuthError:
            return None

    def is_current(self, environment: Issuing, granted: Granted) -> bool:
        """Tell whether nothing that this was worked out from has changed."""
        return self._endpoint.is_current(environment, granted)

    def answer(self, environment: Issuing, granted: Granted) -> bytes:
        """Return the header lines, a blank line and the body of a success."""
        return _whole(self._endpoint.issue(environment, granted))

    def answer_again(self, environment: Issuing, granted: Granted, address: str) -> bytes | None:
        """Return the same for a request that is sent again; `None` when it no longer may be granted.

        Only for what `is_current`.
        """
        issued = self._endpoint.issue_again(environment, granted, address)
        return _whole(issued) if issued is not None else None

    async def _refuse(self, error: OAuthError, scope: Any, receive: Any, send: Any) -> None:
        TOKENS_REFUSED.labels(error.error).inc()
        log.info(
            "token_refused",
            error=error.error,
            reason=error.reason,
            client_id=error.client_id,
        )
        await oauth_error_response(error)(scope, receive, send)


def _content(issued: IssuedToken) -> bytes:
    """Count an issued token and return the JSON of RFC 6749 §5.1."""
    TOKENS_ISSUED.inc()
    if issued.over_budget_bytes:
        TOKENS_OVER_BUDGET.inc()
        log.warning("token_over_budget", client_id=issued.client_id, bytes_over=issued.over_budget_bytes)
    if issued.id_token is None and issued.refresh_token is None:
        # A JWT is base64url and dots: JSON has nothing to escape in it.
        return b'{"access_token":"%s",%s' % (
            issued.access_token.encode("ascii"),
            _end(issued.expires_in, issued.scope),
        )
    content: dict[str, str | int] = {"access_token": issued.access_token, "expires_in": issued.expires_in}
    if issued.id_token is not None:
        content["id_token"] = issued.id_token
    if issued.refresh_token is not None:
        content["refresh_token"] = issued.refresh_token
    return orjson.dumps(content | _last_members(issued.scope))


@lru_cache(_MOST_ENDS)
def _end(expires_in: int, scope: str) -> bytes:
    """Return what follows the access token in the JSON of an answer that holds no other token."""
    return orjson.dumps({"expires_in": expires_in, **_last_members(scope)})[1:]


def _last_members(scope: str) -> dict[str, str]:
    return {"scope": scope, "token_type": "bearer"}


def _whole(issued: IssuedToken) -> bytes:
    content = _content(issued)
    return b"%scontent-length: %d\r\nx-request-id: %s\r\n\r\n%s" % (
        _HEADER_LINES,
        len(content),
        _REQUEST_IDS.take().encode("ascii"),
        content,
    )


async def _answer(issued: IssuedToken, send: Any) -> None:
    body = _content(issued)
    headers = [*_HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
