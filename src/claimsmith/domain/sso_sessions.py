"""Describe SSO sessions: a browser in which a user is signed in to an environment."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LONGEST_SECONDS = 30 * 86_400
"""How long a session may last in all, however active, unless its own lifetime is longer."""

FRESH_SECONDS = 900
"""For how long after a proof people may change how they sign in: a session that was left open may not."""

LEAST_BETWEEN_MARKS_SECONDS = 60
"""Activity is written down at most this often, so that a busy session is not written again and again."""


@dataclass(frozen=True, slots=True)
class SsoSession:
    """Hold one session. `methods` are `amr` values (RFC 8176); `id` is what tokens call `sid`.

    It ends after `lifetime_seconds` without activity. One that `is_persistent` survives the closing of the
    browser. `confirmed_at` is when the person proved once more, within it, who they are.
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
    confirmed_at: datetime | None = None

    @property
    def longest_seconds(self) -> int:
        """Return how long it may last in all, however active."""
        return longest(self.lifetime_seconds)

    def is_live(self, now: datetime) -> bool:
        """Tell whether the session has neither ended nor expired."""
        return self.ended_at is None and self.expires_at > now

    def is_due(self, now: datetime) -> bool:
        """Tell whether its last activity is long enough ago to write down the next."""
        return (now - self.last_seen_at).total_seconds() >= LEAST_BETWEEN_MARKS_SECONDS

    def is_fresh(self, now: datetime, *, needs: str | None = None) -> bool:
        """Tell whether the person has proved a short while ago who they are.

        `needs` is an `amr` value without which the sign-in itself was no proof; a confirmation always is one.
        """
        proofs = [self.confirmed_at]
        if needs is None or needs in self.methods:
            proofs.append(self.authenticated_at)
        return any(at is not None and (now - at).total_seconds() <= FRESH_SECONDS for at in proofs)

    def seen(self, now: datetime) -> "SsoSession":
        """Return the session after activity at a moment: it lasts longer, but not for ever."""
        return replace(
            self,
            last_seen_at=now,
            expires_at=expiry(now, authenticated_at=self.authenticated_at, lifetime=self.lifetime_seconds),
        )


def expiry(now: datetime, *, authenticated_at: datetime, lifetime: int) -> datetime:
    """Return when a session ends that was active at a moment. `lifetime` is in seconds of inactivity."""
    farthest = authenticated_at + timedelta(seconds=longest(lifetime))
    return min(now + timedelta(seconds=lifetime), farthest)


def longest(lifetime: int) -> int:
    """Return how many seconds a session may last in all, given those it may last without activity."""
    return max(lifetime, LONGEST_SECONDS)


@dataclass(frozen=True, slots=True)
class Browser:
    """Hold what a request says about the browser it came from.

    `session_token` is the value of its SSO cookie, which may be anything.
    """

    session_token: str | None = None
    address: str | None = None
    user_agent: str | None = None
