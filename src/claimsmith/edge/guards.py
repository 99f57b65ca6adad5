"""Let only signed-in operators into the console, and only forms that its own pages sent.

A form that changes something must pass two tests that are independent of each other: the browser says that
the page it came from is ours, and the form holds the token of this session (CSRF).
"""

import hmac

from starlette.requests import Request

from claimsmith.domain.changes import Author
from claimsmith.domain.environments import split_issuer
from claimsmith.edge.cookies import session_cookie
from claimsmith.usecases import console_sessions
from claimsmith.usecases.console_sessions import ConsoleSession
from claimsmith.usecases.context import Context
from claimsmith.usecases.directory import Runtime

_OWN = ("same-origin", "none")


class SignInNeeded(Exception):
    """Say that a request carries no live session of this environment."""


class FormRefused(Exception):
    """Say that a form did not come from a page of this session. `reason` tells a person why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def stranger_context(request: Request) -> Context:
    """Return a context for what needs no session: redeeming a link, looking up and ending a session."""
    return Context(
        request.scope["claimsmith.platform"],
        request.scope["claimsmith.runtime"].environment,
        Author("console", "sign-in"),
    )


async def find_session(request: Request) -> ConsoleSession | None:
    """Return the live session of a request's cookie in the request's environment, or `None`."""
    token = session_cookie(request.scope["claimsmith.runtime"]).read(request)
    if token is None:
        return None
    return await console_sessions.find_session(stranger_context(request), token)


async def require_session(request: Request) -> ConsoleSession:
    """Return the live session of a request. Raises `SignInNeeded`."""
    session = await find_session(request)
    if session is None:
        raise SignInNeeded
    return session


def operator_context(request: Request, session: ConsoleSession) -> Context:
    """Return a context in which changes are recorded as made in this session.

    The session is named by the beginning of its form token, which is a hash: what is recorded opens nothing.
    """
    return Context(
        request.scope["claimsmith.platform"],
        request.scope["claimsmith.runtime"].environment,
        Author("console", session.form_token[:8]),
    )


def check_origin(request: Request) -> None:
    """Refuse a form that another site's page sent. Raises `FormRefused`.

    `Sec-Fetch-Site` decides where the browser sends it. `Origin` alone decides in older browsers; it is
    `null` on forms of pages with the referrer policy `no-referrer`, which the console's have, and then only
    `Sec-Fetch-Site` can vouch for them (Fetch, "append a request Origin header").
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in _OWN:
        raise FormRefused("The form was sent by a page of another site.")
    if origin is not None and origin not in ("null", _own_origin(request)):
        raise FormRefused("The form was sent by a page of another site.")
    if site is None and origin in (None, "null"):
        raise FormRefused("The browser does not say which page sent the form; use a current browser.")


def check_form_token(session: ConsoleSession, given: str) -> None:
    """Refuse a form without the token of this session. Raises `FormRefused`."""
    if not hmac.compare_digest(session.form_token.encode(), given.encode("utf-8", "surrogatepass")):
        raise FormRefused("The form belongs to another session, or to one that has ended.")


def _own_origin(request: Request) -> str:
    """Return the origin of the address in use: loopback has several names, all of one environment."""
    runtime: Runtime = request.scope["claimsmith.runtime"]
    return f"{split_issuer(runtime.issuer)[0]}://{request.headers.get('host', '').lower()}"
