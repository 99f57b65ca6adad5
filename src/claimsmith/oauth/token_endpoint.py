"""Answer the token endpoint (RFC 6749 §3.2): authenticate the client, pick the grant, issue.

Every grant passes the same steps here, so none can forget one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from claimsmith.oauth.client_authentication import AuthenticatedClient, ClientAuthentication
from claimsmith.oauth.errors import OAuthError, UnsupportedGrantType
from claimsmith.oauth.grants import client_credentials
from claimsmith.oauth.issue import PreparedToken, prepare, sign
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Issuing, Usage


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """Hold the answer of the token endpoint (RFC 6749 §5.1), and what the log is told of it."""

    access_token: str
    expires_in: int
    scope: str
    client_id: str
    over_budget_bytes: int = 0


class TokenEndpoint:
    """Issue tokens."""

    def __init__(self, authentication: ClientAuthentication, usage: Usage, now: Callable[[], float]) -> None:
        """Take how clients are authenticated, where usage is counted, and the clock."""
        self._authentication = authentication
        self._usage = usage
        self._now = now

    def respond_now(self, environment: Issuing, request: FormRequest) -> IssuedToken | None:
        """Return a token that needs no waiting: a known client, an authorization worked out before.

        `None` decides nothing, nor does any error: `respond` then does.
        """
        if request.single.get("grant_type") != client_credentials.GRANT_TYPE:
            return None
        authenticated = self._authentication.authenticate_now(environment.id, request)
        if authenticated is None:
            return None
        known = authenticated.client.prepared.get(client_credentials.memo_key(request))
        if not isinstance(known, PreparedToken):
            return None
        return self._issue(environment, authenticated, known)

    async def respond(self, environment: Issuing, request: FormRequest) -> IssuedToken:
        """Return the issued token. Raises an `OAuthError`, after counting it for the client it concerns."""
        grant_type = request.required("grant_type")
        authenticated = None
        try:
            authenticated = await self._authentication.authenticate(environment.id, request)
            if grant_type != client_credentials.GRANT_TYPE:
                raise UnsupportedGrantType(
                    f"The grant type {grant_type} is not supported. Supported: client_credentials.",
                    reason="grant_type_unsupported",
                )
            prepared = self._prepared(authenticated.client, request)
        except OAuthError as error:
            self._count_refusal(environment, authenticated, error)
            raise
        return self._issue(environment, authenticated, prepared)

    def _prepared(self, client: LiveClient, request: FormRequest) -> PreparedToken:
        key = client_credentials.memo_key(request)
        known = client.prepared.get(key)
        if isinstance(known, PreparedToken):
            return known
        authorization = client_credentials.authorize(client.view, request)
        prepared = prepare(authorization, issued_at=int(self._now()), token_id=new_token_id())
        client.prepared.put(key, prepared)
        return prepared

    def _issue(
        self, environment: Issuing, authenticated: AuthenticatedClient, prepared: PreparedToken
    ) -> IssuedToken:
        now = self._now()
        claims = prepared.stamped(int(now), new_token_id())
        token = sign(prepared, claims, environment.keys.signer(prepared.algorithm, now))
        client_id = authenticated.client.view.application.id
        self._usage.issued(environment.id, client_id, authenticated.secret_id, now)
        profile = prepared.profile
        return IssuedToken(
            access_token=token,
            expires_in=profile.lifetime_seconds,
            scope=" ".join(prepared.authorization.scopes),
            client_id=client_id,
            over_budget_bytes=max(0, len(token) - profile.size_budget_bytes),
        )

    def _count_refusal(
        self, environment: Issuing, authenticated: AuthenticatedClient | None, error: OAuthError
    ) -> None:
        client_id = authenticated.client.view.application.id if authenticated else error.client_id
        if client_id is not None:
            self._usage.refused(environment.id, client_id, error.reason, self._now())


def new_token_id() -> str:
    """Return a random UUID (RFC 9562 §5.4) as text."""
    raw = bytearray(os.urandom(16))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
