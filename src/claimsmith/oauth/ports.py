"""Declare what the protocol needs from the floors below it; they satisfy it by shape."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from claimsmith.domain.device_codes import DeviceCode
from claimsmith.domain.grants import Grant, GrantLifetimes
from claimsmith.domain.subjects import FoundGrant, SubjectView
from claimsmith.oauth.live_client import LiveClient


class Signer(Protocol):
    """Sign payloads with one key."""

    @property
    def signature_length(self) -> int:
        """Return the length of an encoded signature in characters."""
        ...

    def header(self, typ: str) -> dict[str, Any]:
        """Return the JOSE header that a token of this type gets."""
        ...

    def sign(self, payload: bytes, typ: str) -> str:
        """Return the compact JWS of a payload (RFC 7515 §3.1)."""
        ...


class Keys(Protocol):
    """Hold the signing keys of one environment."""

    def signer(self, algorithm: str, now: float) -> Signer:
        """Return the signer in force for an algorithm at a moment (seconds since the epoch)."""
        ...


class Issuing(Protocol):
    """Be one environment as far as the protocol sees it."""

    @property
    def id(self) -> str:
        """Return the environment's id."""
        ...

    @property
    def issuer(self) -> str:
        """Return the issuer URL."""
        ...

    @property
    def keys(self) -> Keys:
        """Return the signing keys."""
        ...

    def verify(self, token: str, now: float) -> Mapping[str, Any] | None:
        """Return the claims of a token that this environment issued and that has not expired, or `None`."""
        ...


class Clients(Protocol):
    """Find clients of one environment, without a database in the steady state."""

    def cached(self, environment_id: str, client_id: str) -> LiveClient | None:
        """Return a client whose view is known to be current, or `None` when it must be loaded."""
        ...

    async def load(self, environment_id: str, client_id: str) -> LiveClient | None:
        """Read a client from the database, now; `None` when there is no such client."""
        ...


class Usage(Protocol):
    """Count without waiting."""

    def issued(self, environment_id: str, client_id: str, secret_id: str | None, now: float) -> None:
        """Count an answer with tokens, and mark the secret as used, if there was one, at `now` (seconds)."""
        ...

    def active(self, environment_id: str, user_id: str, organization_code: str | None, now: float) -> None:
        """Note that a user was issued an access token, in an organization if there is one."""
        ...

    def refused(self, environment_id: str, client_id: str, reason: str, now: float) -> None:
        """Count one refusal for a client that exists."""
        ...


class Revocations(Protocol):
    """Remember tokens that were revoked before they expired."""

    async def revoke(self, environment_id: str, token_id: str, expires_at: datetime) -> None:
        """Remember a token by its `jti`; it is known to every process when this returns."""
        ...

    async def is_revoked(self, environment_id: str, token_id: str) -> bool:
        """Tell whether a token was revoked, from the database."""
        ...


class Macs(Protocol):
    """Make message authentication codes."""

    def of(self, purpose: str, environment_id: str, message: bytes) -> bytes:
        """Return the 32 bytes that vouch for a message, under a key of one purpose and environment."""
        ...


class OpenGrants(Protocol):
    """Be one transaction over the grants of an environment."""

    @property
    def now(self) -> datetime:
        """Return the moment by which this transaction decides."""
        ...

    async def find(self, grant_id: str) -> Grant | None:
        """Return one grant, or `None`."""
        ...

    async def take_code(self, grant_id: str, *, sequence: int, lifetimes: GrantLifetimes) -> Grant | None:
        """Spend a code in one statement; `None` when it is not there to be spent."""
        ...

    async def find_device(self, code: str) -> DeviceCode | None:
        """Return the request of a device code, or `None`."""
        ...

    async def device_polled(self, device: DeviceCode, *, too_fast: bool) -> None:
        """Note that a device polled."""
        ...

    async def revoke(self, grant_id: str, because: str) -> bool:
        """Revoke a grant; tell whether it was in force."""
        ...

    async def subject(self, user_id: str, organization_code: str | None) -> SubjectView | None:
        """Return everything about a user that tokens depend on, in one statement."""
        ...

    async def allowed_scopes(self, grant: Grant) -> Mapping[str, frozenset[str]]:
        """Return the scopes by audience that the user of a grant allowed its application to use."""
        ...


class Grants(Protocol):
    """Keep what users allowed applications."""

    def opened(self, environment_id: str) -> AbstractAsyncContextManager[OpenGrants]:
        """Begin a transaction: what was done in it stays unless an error leaves it. Raises `Unavailable`."""
        ...

    async def find(self, environment_id: str, grant_id: str) -> FoundGrant | None:
        """Return one grant with everything about its user that tokens depend on, in one statement."""
        ...

    async def find_by_code(self, environment_id: str, code: str) -> FoundGrant | None:
        """Do the same for the grant that an authorization code belongs to."""
        ...

    async def allowed_scopes(self, environment_id: str, grant: Grant) -> Mapping[str, frozenset[str]]:
        """Return the scopes by audience that the user of a grant allowed its application to use."""
        ...

    async def take_code(
        self, environment_id: str, grant_id: str, now: datetime, *, sequence: int, lifetimes: GrantLifetimes
    ) -> bool:
        """Spend a code in one statement, for good when this returns; tell whether it could be spent."""
        ...

    async def rotate(
        self, environment_id: str, grant: Grant, now: datetime, *, presented: int, lifetimes: GrantLifetimes
    ) -> bool:
        """Replace a grant's refresh token in one statement, for good when this returns.

        Tells whether `presented` was the number of the one in force.
        """
        ...

    async def revoke(self, environment_id: str, grant_id: str, because: str) -> bool:
        """Revoke a grant; tell whether it was in force."""
        ...

    async def find_in_force(self, environment_id: str, grant_id: str, token_id: str) -> Grant | None:
        """Return the grant of a token, from the database, while the token is good; else `None`.

        It is while neither the grant nor the token was revoked, user and organization are not suspended, and
        the user is a member.
        """
        ...

    async def subject(
        self, environment_id: str, user_id: str, organization_code: str | None
    ) -> SubjectView | None:
        """Return everything about a user that tokens depend on, from the database."""
        ...
