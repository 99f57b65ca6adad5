"""Read scope parameters (RFC 6749 §3.3) and decide which scopes a machine is granted."""

import re
from collections.abc import Iterable

from claimsmith.domain.views import ApiGrant
from claimsmith.oauth.errors import InvalidScope

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def parse_scope(text: str) -> tuple[str, ...]:
    """Return the scope tokens of a `scope` parameter without repeats; empty text has none."""
    tokens = tuple(dict.fromkeys(part for part in text.split(" ") if part))
    for token in tokens:
        if not _SCOPE_TOKEN.fullmatch(token):
            raise InvalidScope(
                "A scope holds a character that RFC 6749 section 3.3 does not allow.",
                reason="scope_malformed",
            )
    return tokens


def grant_scopes(apis: Iterable[ApiGrant], asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the granted scopes, sorted: those asked for, or all enabled ones when none was.

    Raises `InvalidScope` for one that is not enabled for the client at these APIs.
    """
    enabled = frozenset().union(*(grant.enabled for grant in apis))
    for scope in asked:
        if scope not in enabled:
            raise InvalidScope(
                f"The scope {scope} is not enabled for this application at the APIs asked for.",
                reason="scope_not_enabled",
            )
    return tuple(sorted(asked or enabled))
