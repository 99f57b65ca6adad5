"""Say which roles the user holds in the organization signed in to."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.user_rights import held_roles

NAME = "roles"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `roles`, `{"id", "key", "name"}` each, to access tokens whose profile asks for them."""
    if context.kind is not TokenKind.ACCESS or context.subject is None:
        return
    if NAME not in context.profile.additional_claims:
        yield Omission(NAME, "The token profile does not ask for it.", "Add roles to additional_claims.")
        return
    if context.organization is None:
        yield Omission(NAME, *context.no_organization)
        return
    code, held = context.organization.code, held_roles(context.subject, context.client.environment)
    if not held:
        yield Omission(
            NAME,
            "The user holds no role in the organization.",
            f"Give one: POST /api/v1/organizations/{code}/users/{context.subject.user.id}/roles.",
        )
        return
    yield Claim(
        NAME,
        [{"id": role.id, "key": role.key, "name": role.name} for role in held],
        "The token profile asks for it; these are the user's roles in the organization.",
        ", ".join(role.id for role in held),
    )
