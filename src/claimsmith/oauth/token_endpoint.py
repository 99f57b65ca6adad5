"""Answer the token endpoint (RFC 6749 §3.2): authenticate the client, pick the grant, issue.

Every grant passes the same steps here, so none can forget one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeGuard

from claimsmith.domain.random_digits import RandomDigits
from claimsmith.oauth.client_authentication import AuthenticatedClient, ClientAuthentication
from claimsmith.oauth.errors import OAuthError
from claimsmith.oauth.grants import client_credentials
from claimsmith.oauth.issue import PreparedToken, Stamping, prepare
from claimsmith.oauth.issued import IssuedToken
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Issuing, Usage
from claimsmith.oauth.user_tokens import UserTokens

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The first digit of the fourth group: its two high bits say which UUID this is."""
_DIGITS = RandomDigits(32)


@dataclass(frozen=True, slots=True)
class Granted:
    """Hold what a request came to: who asked, by which secret, and the token but for stamps and signature."""

    authenticated: AuthenticatedClient
    prepared: PreparedToken
    stamping: Stamping = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin with no stamps."""
        object.__setattr__(self, "stamping", Stamping(self.prepared))


class TokenEndpoint:
    """Issue tokens."""

    def __init__(
        self,
        authentication: ClientAuthentication,
        user_tokens: UserTokens,
        usage: Usage,
        now: Callable[[], float],
    ) -> None:
        """Take what authenticates clients, issues users' tokens and counts usage, and the clock."""
        self._authentication = authentication
        self._user_tokens = user_tokens
        self._usage = usage
        self._now = now

    def grant_now(self, environment: Issuing, request: FormRequest) -> Granted | None:
        """Grant what needs no waiting: a known client, an authorization worked out before.

        `None` decides nothing, nor does any error: `respond` then does.
        """
        if request.single.get("grant_type") != client_credentials.GRANT_TYPE:
            return None
        authenticated = self._authentication.authenticate_now(environment.id, request)
        if authenticated is None:
            return None
        known = authenticated.client.prepared.get(client_credentials.memo_key(request))
        return Granted(authenticated, known) if self._is_good(known) else None

    def is_current(self, environment: Issuing, granted: Granted) -> bool:
        """Tell whether nothing that this was worked out from has changed."""
        return self._authentication.is_current(environment.id, granted.authenticated)

    def issue_again(self, environment: Issuing, granted: Granted, address: str) -> IssuedToken | None:
        """Issue to the request that came to this, sent again from an address; `None` when it no longer may.

        For what `is_current` alone: it asks whether the time of the claims or of the secret is over, and
        whether the address has to wait.
        """
        now = self._now()
        if now >= granted.prepared.good_until or not self._authentication.is_still_good(
            environment.id, granted.authenticated, address, now
        ):
            return None
        return self._issued(environment, granted, now)

    async def respond(self, environment: Issuing, request: FormRequest) -> IssuedToken:
        """Return the issued token. Raises an `OAuthError`, after counting it for the client it concerns."""
        grant_type = request.required("grant_type")
        if grant_type != client_credentials.GRANT_TYPE:
            return await self._respond_for_user(environment, request, grant_type)
        authenticated = None
        try:
            authenticated = await self._authentication.authenticate(environment.id, request)
            granted = Granted(authenticated, self._prepared(authenticated.client, request))
        except OAuthError as error:
            self._count_refusal(environment, authenticated.client if authenticated else None, error)
            raise
        return self.issue(environment, granted)

    async def _respond_for_user(
        self, environment: Issuing, request: FormRequest, grant_type: str
    ) -> IssuedToken:
        client = None
        try:
            recognized = await self._authentication.recognize(environment.id, request)
            client = recognized.client
            issued = await self._user_tokens.issue(environment, client, request, grant_type)
        except OAuthError as error:
            self._count_refusal(environment, client, error)
            raise
        secret_id = recognized.secret.id if recognized.secret else None
        self._usage.issued(environment.id, issued.client_id, secret_id, self._now())
        if issued.user_id is not None:
            self._usage.active(environment.id, issued.user_id, issued.organization_code, self._now())
        return issued

    def _prepared(self, client: LiveClient, request: FormRequest) -> PreparedToken:
        key = client_credentials.memo_key(request)
        known = client.prepared.get(key)
        if self._is_good(known):
            return known
        authorization = client_credentials.authorize(client.view, request)
        # What is kept is kept without an explanation, which takes more memory than the claims.
        issued_at = int(self._now())
        prepared = prepare(authorization, issued_at=issued_at, token_id=new_token_id(), explains=False)
        kept = prepared.to_be_kept()
        client.prepared.put(key, kept)
        return kept

    def _is_good(self, prepared: object) -> TypeGuard[PreparedToken]:
        """Tell whether something is a prepared token whose claims have not been changed by time alone."""
        return isinstance(prepared, PreparedToken) and (
            prepared.good_until == math.inf or self._now() < prepared.good_until
        )

    def issue(self, environment: Issuing, granted: Granted) -> IssuedToken:
        """Stamp, sign and count one token."""
        return self._issued(environment, granted, self._now())

    def _issued(self, environment: Issuing, granted: Granted, now: float) -> IssuedToken:
        prepared = granted.prepared
        payload = granted.stamping.payload(int(now), new_token_id())
        token = environment.keys.signer(prepared.algorithm, now).sign(payload, prepared.typ)
        authenticated = granted.authenticated
        client_id = authenticated.client.view.application.id
        self._usage.issued(environment.id, client_id, authenticated.secret.id, now)
        profile = prepared.profile
        return IssuedToken(
            access_token=token,
            expires_in=profile.lifetime_seconds,
            scope=prepared.scope,
            client_id=client_id,
            over_budget_bytes=max(0, len(token) - profile.size_budget_bytes),
        )

    def _count_refusal(self, environment: Issuing, client: LiveClient | None, error: OAuthError) -> None:
        client_id = error.client_id = client.view.application.id if client else error.client_id
        if client_id is not None:
            self._usage.refused(environment.id, client_id, error.reason, self._now())


def new_token_id() -> str:
    """Return a random UUID (RFC 9562 §5.4) as text."""
    text = _DIGITS.take()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"
