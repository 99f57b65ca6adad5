"""Answer the revocation endpoint (RFC 7009)."""

from datetime import UTC, datetime

from claimsmith.oauth.client_authentication import ClientAuthentication
from claimsmith.oauth.errors import UnauthorizedClient
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.live_tokens import LiveTokens
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Grants, Issuing, Macs, Revocations
from claimsmith.oauth.refresh_tokens import read_refresh_token


class RevocationEndpoint:
    """End tokens before they expire."""

    def __init__(
        self,
        authentication: ClientAuthentication,
        tokens: LiveTokens,
        revocations: Revocations,
        grants: Grants,
        macs: Macs,
    ) -> None:
        """Take how clients are authenticated, how tokens are read, and where revocations are kept."""
        self._authentication = authentication
        self._tokens = tokens
        self._revocations = revocations
        self._grants = grants
        self._macs = macs

    async def respond(self, environment: Issuing, request: FormRequest) -> LiveClient:
        """Revoke a token of the client that asks; return that client.

        Revoking a refresh token, in force or replaced, ends its grant with every token that came from it
        (§2.1, I04); revoking an access token ends that one. A token that is unknown, malformed or expired is
        as good as revoked (§2.2), and a hint of a wrong or unknown type changes nothing (§2.1). Raises
        `UnauthorizedClient` for another client's token.
        """
        token = request.required("token")
        client = (await self._authentication.recognize(environment.id, request)).client
        read = read_refresh_token(self._macs, environment.id, token)
        if read is not None:
            await self._revoke_grant(environment, client, read[0])
            return client
        claims = self._tokens.read(environment, token)
        if claims is None or not isinstance(claims.get("jti"), str):
            return client
        _check_owner(client, claims.get("azp"))
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        await self._revocations.revoke(environment.id, str(claims["jti"]), expires_at)
        return client

    async def _revoke_grant(self, environment: Issuing, client: LiveClient, grant_id: str) -> None:
        async with self._grants.opened(environment.id) as opened:
            grant = await opened.find(grant_id)
            if grant is None:
                return
            _check_owner(client, grant.client_id)
            await opened.revoke(grant_id, "revoked_by_client")


def _check_owner(client: LiveClient, owner_id: object) -> None:
    if owner_id != client.view.application.id:
        raise UnauthorizedClient(
            "The token was issued to another client; only that client can revoke it.",
            reason="token_of_another_client",
        )
