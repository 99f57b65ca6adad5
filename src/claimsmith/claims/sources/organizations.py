"""Say which organizations the user belongs to."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.token_profiles import TokenKind

NAME = "organizations"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute to ID tokens `org_codes`, and `organizations` (`{"id", "name"}` each) when asked for."""
    if context.kind is not TokenKind.ID or context.subject is None:
        return
    user_id, found = context.subject.user.id, context.subject.organizations
    because = "The user belongs to no organization."
    fix = "Add the user to one: POST /api/v1/organizations/{org_code}/users."
    if found:
        yield Claim("org_codes", list(found), "The organizations that the user belongs to.", user_id)
    else:
        yield Omission("org_codes", because, fix)
    if NAME not in context.profile.additional_claims:
        yield Omission(
            NAME, "The token profile does not ask for it.", "Add organizations to additional_claims."
        )
    elif found:
        members = [{"id": code, "name": name} for code, name in found.items()]
        yield Claim(NAME, members, "The token profile asks for it.", user_id)
    else:
        yield Omission(NAME, because, fix)
