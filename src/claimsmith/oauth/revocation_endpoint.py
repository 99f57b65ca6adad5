"""Answer the revocation endpoint (RFC 7009)."""

from datetime import UTC, datetime

from claimsmith.oauth.client_authentication import ClientAuthentication
from claimsmith.oauth.errors import UnauthorizedClient
from claimsmith.oauth.live_tokens import LiveTokens
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Issuing, Revocations


class RevocationEndpoint:
    """End tokens before they expire."""

    def __init__(
        self, authentication: ClientAuthentication, tokens: LiveTokens, revocations: Revocations
    ) -> None:
        """Take how clients are authenticated, how tokens are read, and where revocations are kept."""
        self._authentication = authentication
        self._tokens = tokens
        self._revocations = revocations

    async def respond(self, environment: Issuing, request: FormRequest) -> None:
        """Revoke a token of the client that asks.

        A token that is unknown, malformed or expired is as good as revoked (RFC 7009 §2.2). A hint of a
        wrong or unknown type changes nothing (§2.1). Raises `UnauthorizedClient` for another client's token.
        """
        token = request.required("token")
        authenticated = await self._authentication.authenticate(environment.id, request)
        claims = self._tokens.read(environment, token)
        if claims is None or not isinstance(claims.get("jti"), str):
            return
        if claims.get("azp") != authenticated.client.view.application.id:
            raise UnauthorizedClient(
                "The token was issued to another client; only that client can revoke it.",
                reason="token_of_another_client",
            )
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        await self._revocations.revoke(environment.id, str(claims["jti"]), expires_at)
