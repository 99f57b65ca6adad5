"""Refuse a parameter that came twice (RFC 6749 §3.1)."""

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

KNOWN = frozenset(
    [
        "acr_values",
        "claims",
        "code_challenge",
        "code_challenge_method",
        "connection_id",
        "display",
        "id_token_hint",
        "invitation_code",
        "is_create_org",
        "lang",
        "login_hint",
        "max_age",
        "nonce",
        "org_code",
        "org_name",
        "plan_interest",
        "pricing_table_key",
        "prompt",
        "reauth_state",
        "registration",
        "request",
        "request_uri",
        "response_mode",
        "response_type",
        "scope",
        "start_page",
        "state",
        "supports_reauth",
        "ui_locales",
    ]
)
"""Names that are not known here are ignored, however often they come."""


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for a known parameter that came more than once."""
    for name in sorted(asked.parameters.twice & KNOWN):
        raise InvalidRequest(
            f"The parameter {name} was sent more than once. Send each parameter once.",
            reason="parameter_repeated",
        )
    return {}
