"""Describe invitations: an address that may join an organization once, with roles chosen beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Standing = Literal["pending", "accepted", "revoked", "expired"]

LIFETIME_SECONDS = 7 * 86_400
LEAST_LIFETIME_SECONDS = 3_600
LONGEST_LIFETIME_SECONDS = 30 * 86_400
MOST_IN_A_DAY = 500
MOST_PENDING = 1_000


@dataclass(frozen=True, slots=True)
class Invitation:
    """Hold one invitation. Of its code, which is in the link alone, only the hash is stored.

    `id` opens nothing. `email` is in its compared form: whoever accepts must have proved that address.
    `sent_at` is when the link was last put into a mail.
    """

    id: str
    email: str
    organization_code: str
    role_ids: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str | None = None
    revoked_at: datetime | None = None

    @property
    def full_name(self) -> str | None:
        """Return the first and last name with a space between, or `None` without either."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None

    def standing(self, now: datetime) -> Standing:
        """Tell what became of the invitation."""
        if self.accepted_at is not None:
            return "accepted"
        if self.revoked_at is not None:
            return "revoked"
        return "pending" if now < self.expires_at else "expired"


def invitation_link(login_uri: str, code: str) -> str:
    """Return the link of an invitation: the application's login URI with the parameters that SDKs pass on.

    What the login URI's query holds stays.
    """
    added: Mapping[str, str] = {"invitation_code": code, "is_invitation": "true"}
    parts = urlsplit(login_uri)
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in added
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, *added.items()])))
