"""Answer the introspection endpoint (RFC 7662)."""

from collections.abc import Mapping
from typing import Any

from claimsmith.claims.hasura import HASURA_NAMES
from claimsmith.oauth import refresh_tokens
from claimsmith.oauth.client_authentication import ClientAuthentication
from claimsmith.oauth.errors import InsufficientScope, InvalidClient, InvalidToken
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.live_tokens import LiveToken, LiveTokens
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Issuing

INACTIVE: Mapping[str, Any] = {"active": False}
SCOPE = "read:tokens"
_SHOWN = ("iss", "aud", "sub", "exp", "iat", "jti", "scope", "org_code", "permissions")
_HASURA = {HASURA_NAMES[name]: name for name in ("org_code", "permissions")}


class IntrospectionEndpoint:
    """Tell a resource server whether a token is good."""

    def __init__(self, authentication: ClientAuthentication, tokens: LiveTokens) -> None:
        """Take how callers are authenticated and how tokens are checked."""
        self._authentication = authentication
        self._tokens = tokens

    async def respond(self, environment: Issuing, request: FormRequest) -> Mapping[str, Any]:
        """Return the answer of RFC 7662 §2.2.

        A caller authenticates as a client, or with a management API token that has the scope `read:tokens`.
        A client learns of its own tokens and of those for APIs it is authorized for; of any other token it
        learns `{"active": false}` and nothing else (I08). A refresh token is shown to its own client alone,
        by the type `refresh_token`: no resource server may take it for an access token (I09).
        """
        caller = await self._caller(environment, request)
        token = request.required("token")
        if token.startswith(refresh_tokens.PREFIX):
            found = await self._tokens.find_refresh_token(environment, token)
            if found is None or (caller is not None and not _is_own(caller, found)):
                return INACTIVE
            return _shown(found, "refresh_token")
        found = await self._tokens.find(environment, token)
        if found is None or (caller is not None and not _may_see(caller, found.claims)):
            return INACTIVE
        return _shown(found, "Bearer")

    async def _caller(self, environment: Issuing, request: FormRequest) -> LiveClient | None:
        """Return the client that asks, or `None` for a holder of a management API token."""
        header = request.authorization[0] if len(request.authorization) == 1 else ""
        if header[:7].lower() != "bearer ":
            authenticated = await self._authentication.authenticate(environment.id, request)
            if not authenticated.client.view.application.type.is_confidential:
                raise InvalidClient(
                    "Public clients cannot introspect.", reason="client_authentication_failed"
                )
            return authenticated.client
        found = await self._tokens.find(environment, header[7:].strip())
        if found is None or f"{environment.issuer}/api" not in found.claims.get("aud", ()):
            raise InvalidToken(
                "The bearer token is not a live token for the management API.", reason="token_invalid"
            )
        if SCOPE not in found.claims.get("scp", ()):
            raise InsufficientScope(
                f"Introspection needs the scope {SCOPE}.", reason="scope_missing", scope=SCOPE
            )
        return None


def _is_own(caller: LiveClient, found: LiveToken) -> bool:
    return caller.view.application.id == found.client.view.application.id


def _shown(found: LiveToken, token_type: str) -> Mapping[str, Any]:
    claims = {_HASURA.get(name, name): value for name, value in found.claims.items()}
    return {
        "active": True,
        "client_id": found.client.view.application.id,
        "token_type": token_type,
        **{name: claims[name] for name in _SHOWN if name in claims},
    }


def _may_see(caller: LiveClient, claims: Mapping[str, Any]) -> bool:
    if claims.get("azp") == caller.view.application.id:
        return True
    return any(audience in caller.view.grants for audience in claims.get("aud", ()))
