"""Describe SSO sessions: a browser in which a user is signed in to an environment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SsoSession:
    """Hold one session. `methods` are `amr` values (RFC 8176); `id` is what tokens call `sid`.

    It ends after `lifetime_seconds` without activity. One that `is_persistent` survives the closing of the
    browser.
    """

    id: str
    user_id: str
    authenticated_at: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    lifetime_seconds: int
    methods: tuple[str, ...] = ()
    is_persistent: bool = True
    client_id: str | None = None
    organization_code: str | None = None
    address: str | None = None
    user_agent: str | None = None
    ended_at: datetime | None = None
