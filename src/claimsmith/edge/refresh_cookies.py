"""Keep refresh tokens of pages in a cookie that scripts cannot read.

Beside it is a marker that they can: the SDKs look for it, and then ask for tokens without naming a refresh
token. Both are only given to, and believed from, pages of the application itself, on a host that shares a
domain with this one: elsewhere no script could see the marker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from starlette.requests import Request, cookie_parser
from starlette.responses import Response

from claimsmith.domain.applications import Application, SignInOptions
from claimsmith.domain.environments import split_issuer
from claimsmith.oauth.parameters import FormRequest

REFRESH_COOKIE = "refresh_token"
MARKER = "_kbrte"
OWN_CHARACTERS = 6
"""How much of a client id tells cookies of applications apart, as published clients expect it."""


@dataclass(frozen=True, slots=True)
class RefreshCookies:
    """Hold how the two cookies of an issuer are written for pages of an origin.

    `domain` is where the marker can be seen: the domain that both hosts share, or `None` when they are one.
    `name` is that of the cookie that scripts cannot read.
    """

    path: str
    is_secure: bool
    domain: str | None
    name: str = REFRESH_COOKIE

    def written(self, token: str, lifetime_seconds: int) -> list[tuple[bytes, bytes]]:
        """Return the header lines that put a refresh token and the marker into the browser."""
        return self._lines(token, "true", lifetime_seconds)

    def cleared(self) -> list[tuple[bytes, bytes]]:
        """Return the header lines that take both out of the browser."""
        return self._lines("", "", 0)

    def _lines(self, token: str, marker: str, lifetime_seconds: int) -> list[tuple[bytes, bytes]]:
        made = SimpleCookie()
        made[self.name], made[MARKER] = token, marker
        for morsel in made.values():
            morsel["max-age"] = lifetime_seconds
            morsel["secure"] = self.is_secure
            morsel["samesite"] = "Strict"
        made[self.name]["path"], made[self.name]["httponly"] = self.path, True
        made[MARKER]["path"], made[MARKER]["domain"] = "/", self.domain or ""
        return [(b"set-cookie", morsel.OutputString().encode("latin-1")) for morsel in made.values()]


def cookie_name(client_id: str, options: SignInOptions) -> str:
    """Return the name of the cookie for an application: the common one, or one of its own."""
    is_own = options.has_own_refresh_cookie
    return f"{REFRESH_COOKIE}_{client_id[:OWN_CHARACTERS]}" if is_own else REFRESH_COOKIE


def refresh_cookies(issuer: str, origin: str, name: str = REFRESH_COOKIE) -> RefreshCookies | None:
    """Return the cookies for pages of an origin, or `None` where the marker could not be seen."""
    scheme, host, prefix = split_issuer(issuer)
    ours = urlsplit(f"//{host}").hostname or ""
    theirs = urlsplit(origin).hostname or ""
    domain = None
    if ours != theirs:
        domain = _shared_domain(ours, theirs)
        if domain is None:
            return None
    return RefreshCookies(f"{prefix}/oauth2/token", scheme == "https", domain, name)


def forget_refresh_tokens(
    request: Request, response: Response, target: str | None, applications: Sequence[Application]
) -> None:
    """Take the refresh tokens and the marker that a browser may hold out of it, as its user is signed out.

    The browser shows the former to the token endpoint alone, so they are taken out unseen: the common one and
    those of `applications`. `target` is where it goes back to: the marker was made for the domain that it
    shares with this host.
    """
    issuer = request.scope["claimsmith.runtime"].issuer
    scheme, host, _ = split_issuer(issuer)
    found = refresh_cookies(issuer, target) if target else None
    found = found or refresh_cookies(issuer, f"{scheme}://{host}")
    if found is None:
        return
    response.raw_headers.extend(found.cleared())
    names = {cookie_name(each.id, each.options) for each in applications} - {REFRESH_COOKIE}
    for name in sorted(names):
        response.raw_headers.append(replace(found, name=name).cleared()[0])


def with_refresh_cookie(
    form: FormRequest, cookie_header: str | None, name: str = REFRESH_COOKIE
) -> FormRequest:
    """Return a refresh request that names no refresh token with the one of the cookie, if there is one.

    Where the application's own cookie is absent, the common one stands in: it is from before.
    """
    is_wanted = form.single.get("grant_type") == "refresh_token" and REFRESH_COOKIE not in form.single
    held = cookie_parser(cookie_header) if is_wanted and cookie_header else {}
    token = held.get(name) or held.get(REFRESH_COOKIE)
    return replace(form, single={**form.single, REFRESH_COOKIE: token}) if token else form


def _shared_domain(one: str, other: str) -> str | None:
    """Return the longest domain of two labels or more that both hosts are in; addresses share none."""
    ours, theirs = one.split("."), other.split(".")
    if ":" in one + other or ours[-1].isdigit() or theirs[-1].isdigit():
        return None
    shared: list[str] = []
    while ours and theirs and ours[-1] == theirs[-1]:
        shared.insert(0, ours.pop())
        theirs.pop()
    return ".".join(shared) if len(shared) > 1 else None
