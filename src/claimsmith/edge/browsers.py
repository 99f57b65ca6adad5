"""Read and write what a browser holds for signing in: its SSO session and the binder of its sign-ins."""

from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.changes import Author
from claimsmith.domain.secrets import PlainSecret
from claimsmith.domain.sso_sessions import Browser, SsoSession
from claimsmith.edge.cookies import binder_cookie, sso_cookie
from claimsmith.usecases.context import Context

"""Tells scripts of an application that the browser holds a refresh token."""


def person_context(request: Request) -> Context:
    """Return a context for what people do by themselves. It may store, and changes no configuration."""
    return Context(
        request.scope["claimsmith.platform"],
        request.scope["claimsmith.runtime"].environment,
        Author("system", "sign-in"),
    )


def browser_of(request: Request) -> Browser:
    """Return what a request says about its browser."""
    return Browser(
        session_token=sso_cookie(request.scope["claimsmith.runtime"]).read(request),
        address=request.scope["claimsmith.address"] or None,
        user_agent=request.headers.get("user-agent"),
    )


def binder_of(request: Request) -> PlainSecret | None:
    """Return the binder of the browser, if it has one."""
    text = binder_cookie(request.scope["claimsmith.runtime"]).read(request)
    return PlainSecret(text) if text else None


def keep_binder(request: Request, response: Response, binder: PlainSecret) -> None:
    """Put the binder into the browser, until it is closed."""
    binder_cookie(request.scope["claimsmith.runtime"]).write(response, binder.reveal(), None)


def keep_session(request: Request, response: Response, session: SsoSession, token: PlainSecret) -> None:
    """Put a session into the browser; one that is not persistent lasts until the browser is closed.

    The cookie lasts as long as a session that is used can: the server knows when one was left unused.
    """
    lifetime = session.longest_seconds if session.is_persistent else None
    sso_cookie(request.scope["claimsmith.runtime"]).write(response, token.reveal(), lifetime)


def forget_session(request: Request, response: Response) -> None:
    """Take the session out of the browser."""
    sso_cookie(request.scope["claimsmith.runtime"]).clear(response)
