"""Say who issued the token, for whom, and by which grant (RFC 7519 §4.1, RFC 9068 §2.2)."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.apis import TokenShape
from claimsmith.domain.token_profiles import TokenKind

NAME = "protocol"
M2M_VERSION = "2"


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `iss`, `aud`, `azp`; for M2M tokens `gty`, `v`; in RFC 9068's shape `client_id`, `sub`."""
    client_id = context.client.application.id
    yield Claim("iss", context.client.environment.environment.issuer, "The issuer of this environment.")
    yield Claim(
        "aud",
        [grant.api.audience for grant in context.apis],
        "The APIs that were asked for and that the application is authorized for.",
        ", ".join(grant.api.id for grant in context.apis) or None,
    )
    yield Claim("azp", client_id, "The client id of the application the token was issued to.", client_id)
    if context.kind is not TokenKind.M2M:
        return
    yield Claim("gty", [context.grant_type], "The grant by which the token was obtained.")
    yield Claim("v", M2M_VERSION, "The version of the M2M token's layout.")
    if context.shape is TokenShape.RFC9068:
        because = "The API asks for the at+jwt shape, which names the client in client_id and sub."
        yield Claim("client_id", client_id, because, context.apis[0].api.id)
        yield Claim("sub", client_id, because, context.apis[0].api.id)
    else:
        yield Omission(
            "sub",
            "An M2M token is about no user.",
            "Set the API's token shape to at+jwt to get sub and client_id, as RFC 9068 has them.",
        )
