"""Choose how the answer travels: in the query, or as a form that the browser posts."""

from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import InvalidRequest

MODES = ("query", "form_post")


def mode_of(response_mode: str | None, redirect_uri: str) -> str:
    """Return the mode that an answer is given in; one that is not allowed falls back to the query."""
    if response_mode == "form_post" and redirect_uri.startswith(("https:", "http:")):
        return "form_post"
    return "query"


def check(asked: Asked) -> Members:
    """Raise `InvalidRequest` for a mode that is unknown, or that the redirect URI cannot take."""
    response_mode = asked.get("response_mode")
    if response_mode is not None and response_mode not in MODES:
        raise InvalidRequest(
            "The response_mode is not supported. Supported: query, form_post.",
            reason="response_mode_unsupported",
        )
    mode = mode_of(response_mode, asked.redirect_uri)
    if response_mode == "form_post" and mode != "form_post":
        raise InvalidRequest(
            "The response_mode form_post needs an http or https redirect_uri.",
            reason="response_mode_unsupported",
        )
    return {"response_mode": mode}
