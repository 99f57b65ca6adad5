"""Say which organization the token acts for."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.token_profiles import TokenKind

NAME = "organization"

_OPTIONAL = {"org_name": "name", "external_org_id": "external_id"}


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `org_code`, and where the profile asks for them `org_name` and `external_org_id`."""
    if context.kind is TokenKind.ID:
        yield Omission(
            "org_code",
            "An ID token lists all organizations of the user, in org_codes.",
            "Read org_code in the access token.",
        )
        return
    organization = context.organization
    if organization is None:
        because, fix = context.no_organization
        for claim in ("org_code", *_OPTIONAL):
            yield Omission(claim, because, fix)
        return
    because = "The application belongs to this organization; a request cannot change it."
    if context.subject is not None:
        because = "The organization that the user signed in to."
    yield Claim("org_code", organization.code, because, organization.code)
    for claim, member in _OPTIONAL.items():
        value = getattr(organization, member)
        if claim not in context.profile.additional_claims:
            yield Omission(
                claim, "The token profile does not ask for it.", f"Add {claim} to additional_claims."
            )
        elif value is None:
            yield Omission(
                claim,
                "The organization has no external id.",
                f"Set external_id: PATCH /api/v1/organization/{organization.code}.",
            )
        else:
            yield Claim(claim, value, "The token profile asks for it.", organization.code)
