"""Say who issued the token, for whom, and by which grant (RFC 7519 §4.1, RFC 9068 §2.2)."""

from collections.abc import Iterable

from claimsmith.claims.model import Claim, Contribution, Omission, TokenContext
from claimsmith.domain.apis import TokenShape
from claimsmith.domain.token_profiles import TokenKind

NAME = "protocol"
M2M_VERSION = "2"
_CLIENT_NAMED = "The API asks for the at+jwt shape, which names the client in client_id and sub."


def contribute(context: TokenContext) -> Iterable[Contribution]:
    """Contribute `iss`, `aud`, `azp` and who it is about.

    For users that is `sub`; for M2M tokens `gty` and `v`. In RFC 9068's shape `client_id`, and `sub` always.
    """
    client_id = context.client.application.id
    yield Claim("iss", context.client.environment.environment.issuer, "The issuer of this environment.")
    if context.kind is TokenKind.ID:
        because = "An ID token is for the application alone (OpenID Connect Core section 2)."
        yield Claim("aud", [client_id], because, client_id)
    else:
        yield Claim(
            "aud",
            [grant.api.audience for grant in context.apis],
            "The APIs that were asked for and that the application is authorized for.",
            ", ".join(grant.api.id for grant in context.apis) or None,
        )
    yield Claim("azp", client_id, "The client id of the application the token was issued to.", client_id)
    if context.kind is TokenKind.M2M:
        yield Claim("gty", [context.grant_type], "The grant by which the token was obtained.")
        yield Claim("v", M2M_VERSION, "The version of the M2M token's layout.")
    is_standard = context.kind is not TokenKind.ID and context.shape is TokenShape.RFC9068
    if is_standard:
        yield Claim("client_id", client_id, _CLIENT_NAMED, context.apis[0].api.id)
    if context.subject is not None:
        user_id = context.subject.user.id
        yield Claim("sub", user_id, "The id of the user, which never changes.", user_id)
    elif is_standard:
        yield Claim("sub", client_id, _CLIENT_NAMED, context.apis[0].api.id)
    else:
        yield Omission(
            "sub",
            "An M2M token is about no user.",
            "Set the API's token shape to at+jwt to get sub and client_id, as RFC 9068 has them.",
        )
