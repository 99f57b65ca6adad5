"""Describe users and the identities they sign in with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class IdentityType(StrEnum):
    """Name the kinds of identity, by the words of the management API."""

    EMAIL = "email"
    USERNAME = "username"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class User:
    """Hold one user. `id` is `kp_` and 32 hexadecimal characters, and is the `sub` of the user's tokens.

    `provided_id` is the id the user had in another system. `last_organization_code` is where the user last
    signed in to.
    """

    id: str
    first_name: str | None = None
    last_name: str | None = None
    picture: str | None = None
    provided_id: str | None = None
    is_suspended: bool = False
    is_password_reset_requested: bool = False
    is_passkey_offer_declined: bool = False
    last_organization_code: str | None = None
    total_sign_ins: int = 0
    failed_sign_ins: int = 0
    last_signed_in_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def full_name(self) -> str | None:
        """Return the first and last name with a space between, or `None` without either."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold one identity of a user: an email address, a username or a phone number.

    `value` is the form that is unique in the environment (`identity_value` makes it); `shown_value` is as it
    was typed. Of each type the first is primary.
    """

    id: str
    user_id: str
    type: IdentityType
    value: str
    shown_value: str
    connection_id: str | None = None
    is_verified: bool = False
    is_primary: bool = False
    total_sign_ins: int = 0
    last_signed_in_at: datetime | None = None
    created_at: datetime | None = None
