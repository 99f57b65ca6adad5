"""Decide whether a token that this server issued is still good (RFC 7662 §4)."""

from collections.abc import Callable, Mapping
from typing import Any

from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.ports import Clients, Issuing, Revocations

LONGEST_TOKEN = 16_384


class LiveTokens:
    """Check tokens beyond their signature: not revoked, and their client still able to hold them."""

    def __init__(self, clients: Clients, revocations: Revocations, now: Callable[[], float]) -> None:
        """Take where clients and revocations are found, and the clock."""
        self._clients = clients
        self._revocations = revocations
        self._now = now

    def read(self, environment: Issuing, token: str) -> Mapping[str, Any] | None:
        """Return the verified claims of an unexpired token of this environment, or `None`."""
        if not token or len(token) > LONGEST_TOKEN:
            return None
        return environment.verify(token, self._now())

    async def find(self, environment: Issuing, token: str) -> tuple[Mapping[str, Any], LiveClient] | None:
        """Return the claims of a live token with its client, or `None`.

        A token is live when it verifies, has not expired, was not revoked, and its application exists and
        is in no suspended organization. Revocation is read from the database each time (R-12).
        """
        claims = self.read(environment, token)
        if claims is None:
            return None
        client_id, token_id = claims.get("azp"), claims.get("jti")
        if not isinstance(client_id, str) or not isinstance(token_id, str) or not _has_audience(claims):
            return None
        client = self._clients.cached(environment.id, client_id)
        client = client or await self._clients.load(environment.id, client_id)
        if client is None:
            return None
        organization = client.view.organization
        if organization is not None and organization.is_suspended:
            return None
        if await self._revocations.is_revoked(environment.id, token_id):
            return None
        return claims, client


def _has_audience(claims: Mapping[str, Any]) -> bool:
    """Tell whether `aud` is what this server writes: a list of at least one text (H13)."""
    audience = claims.get("aud")
    return isinstance(audience, list) and bool(audience) and all(isinstance(each, str) for each in audience)
