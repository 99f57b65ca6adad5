"""Serve `/api/v1/users/{user_id}/consents`."""

from typing import Any

from claimsmith.domain.consents import PROFILE, Consent
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.edge.management.operations import Caller, Operations, ok
from claimsmith.usecases import consents
from claimsmith.usecases.consents import ListedConsents

operations = Operations("Users")


class ShownAllowed(Shown):
    """Hold what was allowed at one audience; without one, at this server: the scopes of OpenID Connect."""

    org_code: str | None
    audience: str | None
    scopes: list[str]
    given_on: Moment


class ShownConsent(Shown):
    """Hold what a user allowed one application."""

    application_id: str
    application_name: str
    allowed: list[ShownAllowed]


@operations.operation(
    "GET /users/{user_id}/consents",
    "getUserConsents",
    scope="read:user_consents",
    answer={"consents": list[ShownConsent]},
)
async def get_user_consents(context: Caller, user_id: str) -> dict[str, Any]:
    """List what a user allowed applications to do, by application."""
    return ok(consents=[_shown(each) for each in await consents.list_consents(context, user_id)])


@operations.operation(
    "DELETE /users/{user_id}/consents/{application_id}",
    "deleteUserConsent",
    scope="delete:user_consents",
)
async def delete_user_consent(context: Caller, user_id: str, application_id: str) -> dict[str, Any]:
    """Withdraw what a user allowed an application, which ends its refresh tokens for this user."""
    await consents.withdraw_consents(context, user_id, application_id)
    return ok("User consent deleted", "USER_CONSENT_DELETED")


def _shown(listed: ListedConsents) -> ShownConsent:
    return {
        "application_id": listed.application.id,
        "application_name": listed.application.name,
        "allowed": [_allowed(each) for each in listed.consents],
    }


def _allowed(consent: Consent) -> ShownAllowed:
    return {
        "org_code": consent.organization_code,
        "audience": None if consent.audience == PROFILE else consent.audience,
        "scopes": list(consent.scopes),
        "given_on": consent.given_at.isoformat(),
    }
