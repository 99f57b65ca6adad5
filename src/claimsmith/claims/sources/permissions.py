"""Say what the holder may do, in the claim that most resource servers read."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.gates import API_SCOPES_IN_PERMISSIONS
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.user_rights import granted_api_scopes, held_permissions

NAME = "permissions"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `permissions`, sorted, without repeats.

    Of a machine: its granted API scopes, when the switch is on. Of a user: the permissions held in the
    organization signed in to, and when the switch is on the user's API scopes at these APIs; the claim is
    left out when there are none. `scope` and `scp` do not change with the switch. The switch has no effect
    while the plan of the business does not include it.
    """
    if context.kind is TokenKind.ID:
        fix = "Read permissions in the access token."
        yield Omission("permissions", "An ID token goes to no API.", fix)
    elif context.subject is not None:
        yield from _of_user(context)
    elif context.profile.include_api_scopes_in_permissions and not _is_included(context):
        yield Omission("permissions", *_not_included(context))
    elif context.profile.include_api_scopes_in_permissions:
        yield Claim(
            "permissions",
            sorted(set(context.scopes)),
            "The switch 'Include API scopes in the permissions claim' is on; these are the granted scopes.",
            context.client.application.id,
        )
    else:
        yield Omission(
            "permissions",
            "The switch 'Include API scopes in the permissions claim' is off.",
            "Set include_api_scopes_in_permissions to true in the token profile.",
        )


def _of_user(context: TokenContext) -> Iterable[Contribution]:
    subject, environment = context.subject, context.client.environment
    if subject is None or context.organization is None:
        yield Omission("permissions", *context.no_organization)
        return
    held = held_permissions(subject, environment)
    scopes = granted_api_scopes(subject, environment, context.apis)
    is_wanted = context.profile.include_api_scopes_in_permissions
    is_on = is_wanted and _is_included(context)
    keys = sorted({*held.by_key, *scopes} if is_on else held.by_key)
    told = f"{held.from_roles} from the user's roles, {held.direct} given directly"
    switch = "The switch 'Include API scopes in the permissions claim' is"
    if keys:
        added = f"on: {len(scopes)} API scopes of the user" if is_on else "off: no API scopes"
        if is_wanted and not is_on:
            added = "on, but the plan leaves the API scopes out"
            yield Omission("permissions.api_scopes", *_not_included(context))
        because = f"Permissions: {told}. {switch} {added}."
        yield Claim("permissions", keys, because, context.organization.code)
    elif scopes and is_wanted:
        yield Omission("permissions", *_not_included(context))
    elif scopes:
        yield Omission(
            "permissions",
            f"The user holds no permission in the organization. {switch} off.",
            "Set include_api_scopes_in_permissions to true, or give the user a role with permissions.",
        )
    else:
        yield Omission(
            "permissions",
            "The user holds no permission in the organization, and no scope at these APIs.",
            f"Give the user a role: POST /api/v1/organizations/{context.organization.code}/users/"
            f"{subject.user.id}/roles.",
        )


def _is_included(context: TokenContext) -> bool:
    return context.client.environment.access.includes(API_SCOPES_IN_PERMISSIONS, context.issued_at)


def _not_included(context: TokenContext) -> tuple[str, str]:
    """Return why the plan leaves the API scopes out, and what brings them back."""
    gate = context.client.environment.access.told(API_SCOPES_IN_PERMISSIONS, context.issued_at)
    return f"Left out: {gate.because[0].lower()}{gate.because[1:]}", gate.remedy
