"""Say when the token was issued, when it ends, and which one it is (RFC 7519 §4.1.4, §4.1.6, §4.1.7)."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, TokenContext

NAME = "stamps"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `iat`, `exp` (both in whole seconds since the epoch) and `jti`."""
    lifetime = context.profile.lifetime_seconds
    yield Claim("iat", context.issued_at, "The moment of issue.")
    yield Claim(
        "exp",
        context.issued_at + lifetime,
        f"The token profile's lifetime is {lifetime} seconds.",
        context.client.application.id,
    )
    if context.subject is None:
        yield Claim("jti", context.token_id, "A new random id for each token.")
    else:
        yield Claim("jti", context.token_id, "A new id for each token; it begins with that of the sign-in.")
