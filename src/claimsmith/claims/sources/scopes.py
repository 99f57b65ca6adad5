"""Say what the token allows at its APIs (RFC 8693 §4.2, RFC 9068 §2.2.3)."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.token_profiles import TokenKind
from claimsmith.domain.user_rights import granted_api_scopes

NAME = "scopes"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `scope` (separated by spaces) and `scp` (array).

    Of a machine both are its granted API scopes. Of a user `scp` has the OIDC scopes that were granted, as
    the SDKs expect it, and `scope` the same and the user's API scopes behind them, as RFC 9068 has it.
    """
    if context.kind is TokenKind.M2M:
        because = (
            "The scopes asked for that are enabled for the application at these APIs; all enabled ones when "
            "none was asked for."
        )
        yield Claim("scope", " ".join(context.scopes), because)
        yield Claim("scp", list(context.scopes), because)
    elif context.kind is TokenKind.ID:
        fix = "Read it in the access token."
        yield Omission("scope", "An ID token goes to no API.", fix)
        yield Omission("scp", "An ID token goes to no API.", fix)
    elif context.subject is not None:
        scopes = granted_api_scopes(context.subject, context.client.environment, context.apis)
        yield Claim(
            "scope",
            " ".join((*context.scopes, *scopes)),
            "The OIDC scopes that were granted, and the API scopes that the user has at these APIs: by role "
            "or directly, in the organization signed in to.",
            context.organization.code if context.organization else None,
        )
        yield Claim("scp", list(context.scopes), "The OIDC scopes that were granted.")
