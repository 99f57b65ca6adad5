"""Declare what the protocol needs from the floors below it; they satisfy it by shape."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

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

    def issued(self, environment_id: str, client_id: str, secret_id: str, now: float) -> None:
        """Count one issued token and mark the secret as used, at a moment in seconds since the epoch."""
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
