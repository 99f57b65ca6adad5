"""Describe organizations: the customers of the business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from claimsmith.domain.email_domains import is_of_domain

Persistence = Literal["persistent", "non_persistent"]


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """Hold how long the SSO sessions of people who sign in to an organization last.

    Each of the two values counts while its switch is on; otherwise that of the application does.
    `authenticated_session_lifetime` is in seconds without activity.
    """

    is_use_org_sso_session_policy: bool = False
    sso_session_persistence_mode: Persistence = "persistent"
    is_use_org_authenticated_session_lifetime: bool = False
    authenticated_session_lifetime: int | None = None

    def lifetime_over(self, application_seconds: int) -> int:
        """Return the lifetime of a session, given that of the application."""
        own = self.authenticated_session_lifetime
        return own if self.is_use_org_authenticated_session_lifetime and own else application_seconds

    def persists_over(self, is_persistent: bool) -> bool:
        """Tell whether a session survives the closing of the browser, given what the application says."""
        own = self.sso_session_persistence_mode == "persistent"
        return own if self.is_use_org_sso_session_policy else is_persistent


@dataclass(frozen=True, slots=True)
class Organization:
    """Hold one organization. `code` is `org_` and 11 hexadecimal characters, and never changes.

    `branding` holds the colours, the theme and the sender that its hosted pages use, by the names of the
    management API.
    """

    code: str
    name: str
    handle: str | None = None
    external_id: str | None = None
    is_default: bool = False
    is_suspended: bool = False
    suspended_at: datetime | None = None
    is_allow_registrations: bool = False
    is_auto_membership_enabled: bool = False
    is_auto_join_domain_list: bool = False
    is_enable_advanced_orgs: bool = False
    is_enforce_mfa: bool = False
    allowed_domains: tuple[str, ...] = ()
    branding: Mapping[str, str] = field(default_factory=dict)
    sessions: SessionSettings = SessionSettings()
    created_at: datetime | None = None

    def takes_in(self, email: str | None) -> bool:
        """Tell whether somebody with this address, or with none, may become a member by asking.

        `email` must be proved: whoever only types an address has not got it.
        """
        is_open = self.is_auto_membership_enabled or self.is_allow_registrations
        return is_open and not self.is_suspended and self.allows_domain_of(email)

    def claims_domain_of(self, email: str | None) -> bool:
        """Tell whether whoever signs up with this address becomes a member without asking."""
        is_on = self.is_auto_join_domain_list and not self.is_suspended
        return is_on and is_of_domain(email, self.allowed_domains)

    def allows_domain_of(self, email: str | None) -> bool:
        """Tell whether an address, or none, is of a domain that members may have; without a list all are."""
        return not self.allowed_domains or is_of_domain(email, self.allowed_domains)
