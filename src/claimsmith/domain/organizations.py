"""Describe organizations: the customers of the business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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
    created_at: datetime | None = None
