"""Decide when people may be invited, and where invitations lead."""

from dataclasses import dataclass
from datetime import timedelta

from claimsmith.domain.errors import InvalidInput, LimitReached, NotFound, NotPermitted
from claimsmith.domain.invitations import (
    LEAST_LIFETIME_SECONDS,
    LONGEST_LIFETIME_SECONDS,
    MOST_IN_A_DAY,
    MOST_PENDING,
)
from claimsmith.domain.organizations import Organization
from claimsmith.domain.policies import AccessPolicy
from claimsmith.storage.work import Work

NOT_USABLE = (
    "This invitation cannot be used: it is unknown, has expired, was accepted already, or was revoked. Ask "
    "for a new one, or sign in if you have an account."
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Hold where invitations lead: the login URI of an application, its name, and its language."""

    login_uri: str
    application_name: str
    language: str


async def find_destination(work: Work) -> Destination:
    """Return where invitations lead: the invite application.

    Raises `NotPermitted` when invitations are off, or lead nowhere.
    """
    access = (await work.policies.all()).access
    refuse_disabled(access)
    chosen = access.invite_application_id
    application = await work.applications.find(chosen) if chosen else None
    if application is None or not application.login_uri:
        raise NotPermitted(
            "Invitations lead nowhere yet: set invite_application_id in the policy 'access' to an "
            "application that has a login_uri.",
            code="INVITE_APPLICATION_MISSING",
        )
    return Destination(application.login_uri, application.name, application.language_key or "en")


def refuse_disabled(access: AccessPolicy) -> None:
    """Refuse when the policy says that there are no invitations. Raises `NotPermitted`."""
    if not access.are_invitations_allowed:
        raise NotPermitted(
            "Invitations are disabled: the policy 'access' says are_invitations_allowed false.",
            code="INVITATIONS_DISABLED",
        )


def refuse_suspended(organization: Organization) -> None:
    """Refuse a suspended organization. Raises `NotPermitted`."""
    if organization.is_suspended:
        raise NotPermitted(
            f"{organization.name} is suspended; nobody can join it.", code="ORGANIZATION_SUSPENDED"
        )


def not_usable() -> NotFound:
    """Return the one refusal of every code that cannot be used, which does not tell why."""
    return NotFound(NOT_USABLE, code="INVITATION_NOT_USABLE")


def check_lifetime(seconds: int) -> None:
    """Refuse a lifetime that is not one hour to 30 days. Raises `InvalidInput`."""
    if not LEAST_LIFETIME_SECONDS <= seconds <= LONGEST_LIFETIME_SECONDS:
        raise InvalidInput(
            f"lifetime_seconds is {seconds}; choose {LEAST_LIFETIME_SECONDS} to {LONGEST_LIFETIME_SECONDS}.",
            field="lifetime_seconds",
            code="LIFETIME_INVALID",
        )


async def check_limits(work: Work, organization_code: str) -> None:
    """Refuse one more invitation when an organization has too many. Raises `LimitReached`."""
    recent, pending = await work.invitations.count(
        organization_code, created_after=work.now - timedelta(days=1), now=work.now
    )
    for count, most, which in (
        (recent, MOST_IN_A_DAY, "within 24 hours"),
        (pending, MOST_PENDING, "pending"),
    ):
        if count >= most:
            raise LimitReached(
                f"The organization has {count} invitations {which}; {most} is the most.",
                code="TOO_MANY_INVITATIONS",
            )
