"""Read the scopes that were asked for (OpenID Connect Core §5.4)."""

from claimsmith.domain.oidc_scopes import OIDC_SCOPES
from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidScope
from claimsmith.oauth.scopes import parse_scope

MOST_SCOPES = 100


def granted(text: str) -> tuple[str, ...]:
    """Return the OIDC scopes of a `scope` parameter in the order asked for.

    Others are ignored, and the answer's `scope` says so: what a person may do at an API follows from the
    person's roles, not from what an application asks for. Raises `InvalidScope` for what is no scope.
    """
    asked = parse_scope(text)
    if len(asked) > MOST_SCOPES:
        raise InvalidScope(f"More than {MOST_SCOPES} scopes were asked for.", reason="scope_malformed")
    return tuple(scope for scope in asked if scope in OIDC_SCOPES)


def check(asked: Asked) -> Members:
    """Raise `InvalidScope` for what is no scope."""
    return {"scopes": granted(asked.get("scope") or "")}
