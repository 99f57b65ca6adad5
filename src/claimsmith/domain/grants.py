"""Describe grants: what a user allowed an application, from which codes and tokens come.

One grant stands for one sign-in of a user to an application: its authorization code, every access token and
the chain of refresh tokens that came from it. Revoking the grant ends them all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

GRANT_ID_LENGTH = 15
"""Hexadecimal characters of a grant's id: they fit before the variant digit of a token's `jti` (see ADR)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Hold one grant.

    `scopes` are the OIDC scopes, `audiences` those of the APIs, both as granted. `sequence` counts the
    refresh tokens: the one in force has this number, and 0 means that there is none. `methods` are the `amr`
    values of the sign-in (RFC 8176); `requested_at` is when the authorization was asked for.
    """

    id: str
    grant_type: str
    user_id: str
    client_id: str
    organization_code: str | None
    session_id: str | None
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    authenticated_at: datetime
    created_at: datetime
    expires_at: datetime
    requested_at: datetime | None = None
    methods: tuple[str, ...] = ()
    nonce: str | None = None
    redirect_uri: str | None = None
    code_challenge: str | None = None
    code_expires_at: datetime | None = None
    code_used_at: datetime | None = None
    sequence: int = 0
    rotated_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_because: str | None = None

    def ends_at(self, absolute_lifetime_seconds: int) -> datetime | None:
        """Return when its refresh tokens end however often they are used; `None` for a lifetime of 0."""
        return absolute_end(self.created_at, absolute_lifetime_seconds)


@dataclass(frozen=True, slots=True)
class GrantLifetimes:
    """Hold until when what comes from a grant lasts: its refresh token, if it has one, and all of it."""

    refresh_expires_at: datetime | None
    expires_at: datetime


def absolute_end(begun_at: datetime, lifetime_seconds: int) -> datetime | None:
    """Return when what began at a moment ends, however used; `None` for a lifetime of 0."""
    return begun_at + timedelta(seconds=lifetime_seconds) if lifetime_seconds else None


def grant_id_of(token_id: str) -> str:
    """Return the id of the grant that a user's token came from, out of its `jti`."""
    digits = token_id.replace("-", "")
    return digits[:12] + digits[13:16]


def token_id_of(grant_id: str, random_digits: str) -> str:
    """Return a `jti` (RFC 9562 §5.8, version 8) that begins with a grant's id.

    `random_digits` are 16 random hexadecimal characters, of which the first becomes the variant.
    """
    variant = "89ab"[int(random_digits[0], 16) & 3]
    rest = random_digits[1:16]
    return f"{grant_id[:8]}-{grant_id[8:12]}-8{grant_id[12:15]}-{variant}{rest[:3]}-{rest[3:15]}"
