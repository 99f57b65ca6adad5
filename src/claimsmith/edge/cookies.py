"""Keep the console's session cookie: its name, its attributes, its place in a request.

Over https the name begins with `__Host-` (or `__Secure-` under a path prefix), so that no sibling domain and
no plain connection can set it (RFC 6265bis §4.1.3). On http, which is only served on loopback, browsers would
refuse such a name; there the port is part of it, because cookies of all ports of a host are in one jar.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.environments import split_issuer
from claimsmith.usecases.directory import Runtime

_BASE = "claimsmith_console"


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Hold how the session cookie of one environment is written."""

    name: str
    path: str
    is_secure: bool

    def read(self, request: Request) -> str | None:
        """Return the session token that a request carries, if it carries one."""
        return request.cookies.get(self.name) or None

    def write(self, response: Response, token: str, lifetime_seconds: int) -> None:
        """Put a session token into an answer."""
        response.set_cookie(
            self.name,
            token,
            max_age=lifetime_seconds,
            path=self.path,
            secure=self.is_secure,
            httponly=True,
            samesite="strict",
        )

    def clear(self, response: Response) -> None:
        """Take the session token out of the browser."""
        response.delete_cookie(
            self.name, path=self.path, secure=self.is_secure, httponly=True, samesite="strict"
        )


def session_cookie(runtime: Runtime) -> SessionCookie:
    """Return the session cookie of an environment."""
    scheme, host, prefix = split_issuer(runtime.issuer)
    code = f"_{runtime.environment.code}" if prefix else ""
    if scheme == "https":
        opening = "__Secure-" if prefix else "__Host-"
        return SessionCookie(f"{opening}{_BASE}{code}", prefix or "/", is_secure=True)
    port = host.rpartition(":")[2] if ":" in host else "80"
    return SessionCookie(f"{_BASE}_{port}{code}", prefix or "/", is_secure=False)
