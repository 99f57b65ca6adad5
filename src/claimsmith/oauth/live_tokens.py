"""Decide whether a token that this server issued is still good (RFC 7662 §4)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from claimsmith.domain.grants import Grant, grant_id_of
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.ports import Clients, Grants, Issuing, Macs, Revocations
from claimsmith.oauth.refresh_tokens import read_refresh_token

LONGEST_TOKEN = 16_384


@dataclass(frozen=True, slots=True)
class LiveToken:
    """Hold a token that is good: its claims, its client, and the grant it came from if it is about a user."""

    claims: Mapping[str, Any]
    client: LiveClient
    grant: Grant | None = None


class LiveTokens:
    """Check tokens beyond their signature: not revoked, and who they are about still allowed to hold them."""

    def __init__(
        self,
        clients: Clients,
        revocations: Revocations,
        grants: Grants,
        macs: Macs,
        now: Callable[[], float],
    ) -> None:
        """Take where clients, revocations and grants are, what vouches for refresh tokens, and the clock."""
        self._clients = clients
        self._revocations = revocations
        self._grants = grants
        self._macs = macs
        self._now = now

    def read(self, environment: Issuing, token: str) -> Mapping[str, Any] | None:
        """Return the verified claims of an unexpired access token of this environment, or `None`.

        An ID token is none: it has no `scp`, which every access token has and no profile can add (H02).
        """
        if not token or len(token) > LONGEST_TOKEN:
            return None
        claims = environment.verify(token, self._now())
        return claims if claims is not None and isinstance(claims.get("scp"), list) else None

    async def find(self, environment: Issuing, token: str) -> LiveToken | None:
        """Return a live access token, or `None`.

        A token is live when it verifies, has not expired, was not revoked, and its application exists and is
        in no suspended organization. One of a user rests on its grant, its user, organization and membership
        besides. All of that is read from the database each time, in one statement (R-12).
        """
        claims = self.read(environment, token)
        if claims is None:
            return None
        client_id, token_id = claims.get("azp"), claims.get("jti")
        is_users = is_about_user(claims)
        if not isinstance(client_id, str) or not isinstance(token_id, str):
            return None
        if not _has_audience(claims, may_be_empty=is_users):
            return None
        client = await self._client(environment, client_id)
        if client is None:
            return None
        if is_users:
            grant_id = grant_id_of(token_id)
            grant = await self._grants.find_in_force(environment.id, grant_id, token_id)
            if grant is None or grant.client_id != client_id or grant.user_id != claims["sub"]:
                return None
            return LiveToken(claims, client, grant)
        organization = client.view.organization
        if organization is not None and organization.is_suspended:
            return None
        if await self._revocations.is_revoked(environment.id, token_id):
            return None
        return LiveToken(claims, client)

    async def find_refresh_token(self, environment: Issuing, token: str) -> LiveToken | None:
        """Return a refresh token that is in force, or `None`; its claims are what introspection shows."""
        read = read_refresh_token(self._macs, environment.id, token)
        if read is None:
            return None
        grant = await self._grants.find_in_force(environment.id, read[0], "")
        if grant is None or grant.sequence != read[1] or grant.refresh_expires_at is None:
            return None
        client = await self._client(environment, grant.client_id)
        if client is None:
            return None
        ends_at = grant.ends_at(client.view.environment.policies.refresh.absolute_lifetime_seconds)
        expires_at = int(min(grant.refresh_expires_at, ends_at or grant.refresh_expires_at).timestamp())
        if expires_at <= self._now():
            return None
        claims = {
            "iss": environment.issuer,
            "sub": grant.user_id,
            "azp": grant.client_id,
            "exp": expires_at,
            "iat": int((grant.rotated_at or grant.code_used_at or grant.created_at).timestamp()),
            "scope": " ".join(grant.scopes),
        }
        return LiveToken(claims, client, grant)

    async def _client(self, environment: Issuing, client_id: str) -> LiveClient | None:
        known = self._clients.cached(environment.id, client_id)
        return known or await self._clients.load(environment.id, client_id)


def is_about_user(claims: Mapping[str, Any]) -> bool:
    """Tell whether an access token is about a user: only a machine's names its grant in `gty`."""
    return "gty" not in claims and isinstance(claims.get("sub"), str)


def _has_audience(claims: Mapping[str, Any], *, may_be_empty: bool) -> bool:
    """Tell whether `aud` is what this server writes: a list of texts, of a machine not empty (H13)."""
    audience = claims.get("aud")
    if not isinstance(audience, list) or not all(isinstance(each, str) for each in audience):
        return False
    return may_be_empty or bool(audience)
