"""Keep the cookies of pages: their names, their attributes, their place in a request.

Over https the name begins with `__Host-` (or `__Secure-` under a path prefix), so that no sibling domain and
no plain connection can set it (RFC 6265bis §4.1.3). On http, which is only served on loopback, browsers would
refuse such a name; there the port is part of it, because cookies of all ports of a host are in one jar.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.environments import split_issuer
from claimsmith.usecases.directory import Runtime

SameSite = Literal["lax", "strict"]

_CONSOLE = "claimsmith_console"
_SSO = "claimsmith_sso"
_BINDER = "claimsmith_binder"
_PORTAL = "claimsmith_portal"
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Hold how one cookie of one environment is written."""

    name: str
    path: str
    is_secure: bool
    same_site: SameSite = "strict"

    def read(self, request: Request) -> str | None:
        """Return the token that a request carries, if it carries one."""
        return request.cookies.get(self.name) or None

    def write(self, response: Response, token: str, lifetime_seconds: int | None) -> None:
        """Put a token into an answer; without a lifetime it lasts until the browser is closed."""
        response.set_cookie(
            self.name,
            token,
            max_age=lifetime_seconds,
            path=self.path,
            secure=self.is_secure,
            httponly=True,
            samesite=self.same_site,
        )

    def clear(self, response: Response) -> None:
        """Take the token out of the browser."""
        response.delete_cookie(
            self.name, path=self.path, secure=self.is_secure, httponly=True, samesite=self.same_site
        )


def session_cookie(runtime: Runtime) -> SessionCookie:
    """Return the cookie of the console's session."""
    return _cookie(runtime, _CONSOLE, "strict")


def sso_cookie(runtime: Runtime) -> SessionCookie:
    """Return the cookie of the SSO session.

    It is `Lax`: authorization requests are links on pages of other sites.
    """
    return _cookie(runtime, _SSO, "lax")


def binder_cookie(runtime: Runtime) -> SessionCookie:
    """Return the cookie that binds sign-ins under way to the browser they began in."""
    return _cookie(runtime, _BINDER, "lax")


def portal_cookie(runtime: Runtime) -> SessionCookie:
    """Return the cookie of a visit to the self-serve portal.

    It is `Lax`: the link that begins the visit is on a page of another site.
    """
    return _cookie(runtime, _PORTAL, "lax")


def _cookie(runtime: Runtime, base: str, same_site: SameSite) -> SessionCookie:
    return _made(runtime.issuer, runtime.environment.code, base, same_site)


@lru_cache(_MOST_KEPT)
def _made(issuer: str, environment_code: str, base: str, same_site: SameSite) -> SessionCookie:
    scheme, host, prefix = split_issuer(issuer)
    code = f"_{environment_code}" if prefix else ""
    if scheme == "https":
        opening = "__Secure-" if prefix else "__Host-"
        return SessionCookie(f"{opening}{base}{code}", prefix or "/", is_secure=True, same_site=same_site)
    port = host.rpartition(":")[2] if ":" in host else "80"
    return SessionCookie(f"{base}_{port}{code}", prefix or "/", is_secure=False, same_site=same_site)
