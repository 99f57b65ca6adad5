"""Describe device codes: a device without a keyboard asks, a person allows it elsewhere (RFC 8628)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LIFETIME_SECONDS = 600
INTERVAL_SECONDS = 5
SLOWER_BY_SECONDS = 5

USER_CODE_LENGTH = 8
USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words appear (RFC 8628 §6.1): 20 letters, 8 of them make 34 bits."""


class DeviceState(StrEnum):
    """Name what has become of a device's request."""

    PENDING = "pending"
    ALLOWED = "allowed"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """Hold one request of a device. `grant_id` is set when a person has allowed it.

    `interval_seconds` is how long the device waits between two polls; it grows when it does not.
    """

    hash: bytes
    user_code_mac: bytes
    client_id: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    state: DeviceState = DeviceState.PENDING
    grant_id: str | None = None
    interval_seconds: int = INTERVAL_SECONDS
    last_polled_at: datetime | None = None

    def is_pending(self, now: datetime) -> bool:
        """Tell whether a person may still allow or deny it."""
        return self.state is DeviceState.PENDING and self.expires_at > now

    def is_too_fast(self, now: datetime) -> bool:
        """Tell whether a device that polls now has not waited long enough."""
        return (
            self.last_polled_at is not None
            and (now - self.last_polled_at).total_seconds() < self.interval_seconds
        )


def read_user_code(text: str) -> str | None:
    """Return a user code as it was made, from what somebody typed, or `None` for what can be none.

    Case, spaces and dashes do not matter (RFC 8628 §6.1).
    """
    letters = "".join(each for each in text.upper() if each not in " -\t")
    is_one = len(letters) == USER_CODE_LENGTH and all(each in USER_CODE_LETTERS for each in letters)
    return letters if is_one else None
