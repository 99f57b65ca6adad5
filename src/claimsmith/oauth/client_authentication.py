"""Authenticate the client of a protocol request (RFC 6749 §2.3, §3.2.1).

One method per request; a client that is unknown and one whose secret is wrong get the same answer after the
same work (E09, E14).
"""

from collections.abc import Callable
from dataclasses import dataclass

from claimsmith.domain.secrets import SecretHash
from claimsmith.domain.views import LiveSecret
from claimsmith.oauth.attempts import FailedAttempts
from claimsmith.oauth.client_auth import secret_basic, secret_post
from claimsmith.oauth.client_auth.credentials import Credentials
from claimsmith.oauth.errors import InvalidClient, InvalidRequest, TooManyAttempts
from claimsmith.oauth.live_client import LiveClient
from claimsmith.oauth.parameters import FormRequest
from claimsmith.oauth.ports import Clients

_NOBODY = LiveSecret("", SecretHash(bytes(32)))
_ASSERTION = frozenset({"client_assertion", "client_assertion_type"})
"""The parameters of a method that this server does not offer (RFC 7521 §4.2)."""
_PROOFS = _ASSERTION | {"client_secret"}


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """Hold a client that proved who it is, and by which of its secrets."""

    client: LiveClient
    secret: LiveSecret


@dataclass(frozen=True, slots=True)
class RecognizedClient:
    """Hold a client that may ask for the tokens of users. A public client has no `secret` (RFC 6749 §2.1)."""

    client: LiveClient
    secret: LiveSecret | None


class ClientAuthentication:
    """Authenticate clients against their live secrets."""

    def __init__(self, clients: Clients, attempts: FailedAttempts, now: Callable[[], float]) -> None:
        """Take where clients are found, where failures are remembered, and the clock."""
        self._clients = clients
        self._attempts = attempts
        self._now = now

    def authenticate_now(self, environment_id: str, request: FormRequest) -> AuthenticatedClient | None:
        """Return the client of a request when its view is cached and its secret matches; else `None`.

        `None` decides nothing: `authenticate` does. Raises what reading the credentials raises.
        """
        presented = credentials(request)
        now = self._now()
        if self._attempts.wait_seconds((environment_id, presented.client_id, request.address), now):
            return None
        client = self._clients.cached(environment_id, presented.client_id)
        secret = _match(client, presented.secret, now) if client else None
        return AuthenticatedClient(client, secret) if client and secret else None

    def is_current(self, environment_id: str, authenticated: AuthenticatedClient) -> bool:
        """Tell whether the view that credentials were compared with is the current one."""
        client = authenticated.client
        return self._clients.cached(environment_id, client.view.application.id) is client

    def is_still_good(
        self, environment_id: str, authenticated: AuthenticatedClient, address: str, now: float
    ) -> bool:
        """Tell whether credentials compared with a view that is current are good, sent again from an address.

        They are while the secret has not expired and the address need not wait.
        """
        client_id = authenticated.client.view.application.id
        return authenticated.secret.expires_at > now and not self._attempts.wait_seconds(
            (environment_id, client_id, address), now
        )

    async def authenticate(self, environment_id: str, request: FormRequest) -> AuthenticatedClient:
        """Return the client of a request. Raises `InvalidClient`, `InvalidRequest`, `TooManyAttempts`.

        A secret that does not match what is cached is compared once more with the database, so that a new
        secret works on every process the moment it was handed out.
        """
        presented = credentials(request)
        now = self._now()
        key = (environment_id, presented.client_id, request.address)
        wait = self._attempts.wait_seconds(key, now)
        if wait:
            raise TooManyAttempts(
                f"Too many failed attempts for this client from this address. Wait {wait} seconds.",
                reason="too_many_attempts",
                retry_after_seconds=wait,
            )
        client = self._clients.cached(environment_id, presented.client_id)
        secret = _match(client, presented.secret, now) if client else None
        if secret is None:
            client = await self._clients.load(environment_id, presented.client_id)
            secret = _match(client, presented.secret, now)
        if client is None or secret is None:
            self._attempts.failed(key, now)
            raise InvalidClient(
                "The client is unknown or its secret is wrong, expired or revoked.",
                reason="client_authentication_failed",
                challenge=presented.by_header,
                client_id=client.view.application.id if client else None,
            )
        return AuthenticatedClient(client, secret)

    async def recognize(self, environment_id: str, request: FormRequest) -> RecognizedClient:
        """Return the client of a request, which may be a public one that names itself alone.

        A public client that sends a secret is refused like any wrong secret (E16); a confidential one is not
        let in without (E06). Raises what `authenticate` raises.
        """
        client_id = request.single.get("client_id")
        if client_id and not request.authorization and not _PROOFS & request.single.keys():
            client = self._clients.cached(environment_id, client_id)
            client = client or await self._clients.load(environment_id, client_id)
            if client is not None and not client.view.application.type.is_confidential:
                return RecognizedClient(client, None)
        authenticated = await self.authenticate(environment_id, request)
        return RecognizedClient(authenticated.client, authenticated.secret)


def credentials(request: FormRequest) -> Credentials:
    """Return the one set of credentials of a request. Raises `InvalidClient`, `InvalidRequest`.

    An assertion next to a secret is a second method, though no assertion is ever looked at (E09, V-024).
    """
    posted = secret_post.read(request.single)
    if _ASSERTION & request.single.keys() and (request.authorization or "client_secret" in request.single):
        raise InvalidRequest(
            "The client sent a client_assertion next to a secret. Send the secret alone.",
            reason="two_authentication_methods",
        )
    if not request.authorization:
        if posted is None:
            raise InvalidClient(
                "No client authentication. Send client_id and client_secret in the body, or a Basic header.",
                reason="client_authentication_missing",
            )
        return posted
    if len(request.authorization) > 1:
        raise InvalidRequest(
            "More than one Authorization header was sent. Send one.", reason="two_authentication_methods"
        )
    basic = secret_basic.read(request.authorization[0])
    if "client_secret" in request.single:
        raise InvalidRequest(
            "The client authenticated both in the header and in the body. Use one of them.",
            reason="two_authentication_methods",
        )
    if posted is not None and posted.client_id != basic.client_id:
        raise InvalidRequest(
            "The client_id of the body is not the one of the Authorization header.",
            reason="two_authentication_methods",
        )
    return basic


def _match(client: LiveClient | None, secret: str, now: float) -> LiveSecret | None:
    """Return the live secret that matches; compare with one even when there is none."""
    secrets = (client.view.secrets if client else ()) or (_NOBODY,)
    for candidate in secrets:
        if candidate.hash.matches(secret) and candidate.expires_at > now and candidate is not _NOBODY:
            return candidate
    return None
