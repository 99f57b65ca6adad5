"""Know the web origins of applications: where their pages are, by their redirect URIs (RFC 6454 §4, §6.2).

A browser lets a page read an answer of another origin only when the answer names the page's origin. The pages
of an application may read what is sent to it; nobody else's may.
"""

import re
from collections.abc import Iterable

from claimsmith.domain.redirect_uris import match_redirect_uri
from claimsmith.domain.uris import HANDLE

LONGEST_ORIGIN = 300
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.\-*]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def origin_of(uri: str) -> str | None:
    """Return the origin of an http(s) URI as browsers write it, or `None` for any other URI.

    The mark of a registered form, `*` or the handle, stays where it is.
    """
    address = re.split(r"[/?#]", uri.replace(HANDLE, "*").partition("://")[2], maxsplit=1)[0]
    found = _ORIGIN.fullmatch(f"{uri.partition('://')[0].lower()}://{address}")
    if found is None:
        return None
    scheme, host, port = found.groups()
    shown = "" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}"
    origin = f"{scheme}://{host.lower()}{shown}"
    return origin.replace("*", HANDLE) if HANDLE in uri else origin


def origins_of(redirect_uris: Iterable[str]) -> tuple[str, ...]:
    """Return the origins of redirect URIs without repeats, sorted."""
    return tuple(sorted({origin for uri in redirect_uris if (origin := origin_of(uri)) is not None}))


def lookup_keys(origin: str) -> tuple[str, ...]:
    """Return the keys under which an origin may be registered: itself, and any name beside it.

    For `https://a.example.com` the second is `https://*.example.com`.
    """
    beside = form_key(origin)
    return (origin,) if beside is None else (origin, beside)


def form_key(origin: str) -> str | None:
    """Return an origin with `*` in place of its first label, or `None` when it has but one."""
    scheme, _, address = origin.replace(HANDLE, "*").partition("://")
    _, dot, base = address.partition(".")
    return f"{scheme}://*.{base}" if dot else None


def registered_key(origin: str) -> str:
    """Return the key under which the origin of an application is kept."""
    stands_for_several = "*" in origin or HANDLE in origin
    return (form_key(origin) or origin) if stands_for_several else origin


def is_among(origin: str, registered: Iterable[str], *, is_production: bool) -> bool:
    """Tell whether a page's origin is one of those registered; `null` and odd texts are not.

    Forms that stand for several names match as they do for redirect URIs.
    """
    if len(origin) > LONGEST_ORIGIN or origin_of(origin) != origin or "*" in origin:
        return False
    return match_redirect_uri(origin, registered, is_public=False, is_production=is_production) is not None
