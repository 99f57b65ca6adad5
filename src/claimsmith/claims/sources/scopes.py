"""Say what the token allows at its APIs (RFC 8693 §4.2, RFC 9068 §2.2.3)."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, TokenContext
from claimsmith.domain.token_profiles import TokenKind

NAME = "scopes"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `scp` (array) and, for M2M tokens, `scope` (space-separated)."""
    because = (
        "The scopes asked for that are enabled for the application at these APIs; all enabled ones when none "
        "was asked for."
    )
    if context.kind is TokenKind.M2M:
        yield Claim("scope", " ".join(context.scopes), because)
    yield Claim("scp", list(context.scopes), because)
