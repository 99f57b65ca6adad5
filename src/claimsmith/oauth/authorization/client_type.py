"""Let only applications that people sign in to use this endpoint (RFC 6749 §4.1.2.1)."""

from claimsmith.domain.applications import ApplicationType
from claimsmith.oauth.authorization.asked import Asked, Members
from claimsmith.oauth.errors import UnauthorizedClient

ALLOWED = (ApplicationType.REG, ApplicationType.SPA)


def check(asked: Asked) -> Members:
    """Raise `UnauthorizedClient` for an application of another type."""
    kind = asked.client.application.type
    if kind not in ALLOWED:
        raise UnauthorizedClient(
            f"Applications of type {kind.value} cannot use the authorization code flow; reg and spa can.",
            reason="grant_not_allowed",
        )
    return {"client_id": asked.client.application.id, "redirect_uri": asked.redirect_uri}
