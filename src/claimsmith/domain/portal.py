"""Describe the self-serve portal: its pages, the links that lead to it, and who is on them.

People look there after their own profile, and members after their organization. A link is good once and for a
short time; the visit that it begins lasts an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown

LINK_LIFETIME_SECONDS = 300
VISIT_LIFETIME_SECONDS = 3_600


class PortalPage(StrEnum):
    """Name the pages of the portal. The value is what follows `/portal/` in the page's path."""

    PROFILE = "profile"
    PLAN = "plan"
    ORGANIZATION = "organization"
    ORGANIZATION_PLAN = "organization-plan"

    @property
    def is_of_organization(self) -> bool:
        """Tell whether the page is about an organization, and not about the person alone."""
        return self in {PortalPage.ORGANIZATION, PortalPage.ORGANIZATION_PLAN}


SUBNAVS: Mapping[str, PortalPage] = {
    "profile": PortalPage.PROFILE,
    "plan_details": PortalPage.PLAN,
    "plan_selection": PortalPage.PLAN,
    "payment_details": PortalPage.PLAN,
    "organization_details": PortalPage.ORGANIZATION,
    "organization_members": PortalPage.ORGANIZATION,
    "organization_plan_details": PortalPage.ORGANIZATION_PLAN,
    "organization_plan_selection": PortalPage.ORGANIZATION_PLAN,
    "organization_payment_details": PortalPage.ORGANIZATION_PLAN,
    "organization_billing": PortalPage.ORGANIZATION_PLAN,
}
"""The page that each value of `subnav` leads to: the words of the SDKs, and of the platform's guides."""


@dataclass(frozen=True, slots=True)
class PortalVisit:
    """Hold one visit of a user to the portal.

    `organization_code` is the organization whose pages can be seen. `grant_id` is the sign-in that asked for
    the link: the visit ends with it. A link of the management API has none. `return_url` leads back.
    """

    user_id: str
    page: PortalPage
    created_at: datetime
    expires_at: datetime
    organization_code: str | None = None
    grant_id: str | None = None
    return_url: str | None = None


def page_of(subnav: str | None) -> PortalPage:
    """Return the page that a `subnav` leads to; without one it is the profile. Raises `InvalidInput`."""
    if not subnav:
        return PortalPage.PROFILE
    page = SUBNAVS.get(subnav)
    if page is None:
        raise InvalidInput(
            f"subnav is {shown(subnav)}; use {', '.join(SUBNAVS)}.", field="subnav", code="SUBNAV_UNKNOWN"
        )
    return page
