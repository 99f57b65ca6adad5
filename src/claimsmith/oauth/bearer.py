"""Read the bearer token of a request for something of a user, and find who it is about (RFC 6750)."""

from collections.abc import Sequence
from dataclasses import dataclass

from claimsmith.domain.subjects import SubjectView
from claimsmith.oauth.errors import InsufficientScope, InvalidRequest, InvalidToken
from claimsmith.oauth.live_tokens import LiveToken, LiveTokens
from claimsmith.oauth.ports import Grants, Issuing


@dataclass(frozen=True, slots=True)
class UserCaller:
    """Hold the holder of a user's access token: the token, and the user as it is now.

    `scopes` are the OIDC scopes of the token.
    """

    token: LiveToken
    subject: SubjectView
    scopes: frozenset[str]


class UserAccess:
    """Let holders of users' access tokens in."""

    def __init__(self, tokens: LiveTokens, grants: Grants) -> None:
        """Take how tokens are checked and where users are read."""
        self._tokens = tokens
        self._grants = grants

    async def authenticate(
        self,
        environment: Issuing,
        headers: Sequence[str],
        *,
        posted: str | None = None,
        scope: str | None = None,
    ) -> UserCaller:
        """Return who a request is about; it may need an OIDC scope.

        `headers` are its Authorization headers, `posted` the `access_token` of its form (§2.2). Raises
        `InvalidRequest` for two tokens, `InvalidToken`, and `InsufficientScope` for a token that lacks the
        scope, as a machine's does (H04, H19).
        """
        found = await self._tokens.find(environment, read_bearer(headers, posted))
        if found is None:
            raise InvalidToken("The access token is unknown, expired or revoked.", reason="token_invalid")
        scopes = frozenset(each for each in found.claims["scp"] if isinstance(each, str))
        if found.grant is None or (scope is not None and scope not in scopes):
            needed = scope or "openid"
            raise InsufficientScope(
                f"This needs the access token of a user with the scope {needed}.",
                reason="scope_missing",
                scope=needed,
            )
        grant = found.grant
        subject = await self._grants.subject(environment.id, grant.user_id, grant.organization_code)
        if subject is None:
            raise InvalidToken("The user of the access token was deleted.", reason="token_invalid")
        return UserCaller(found, subject, scopes)


def read_bearer(headers: Sequence[str], posted: str | None = None) -> str:
    """Return the one bearer token of a request. Raises `InvalidToken` without, `InvalidRequest` with two."""
    if len(headers) > 1 or (headers and posted is not None):
        raise InvalidRequest(
            "More than one access token was sent. Send one, in the Authorization header.",
            reason="two_bearer_tokens",
        )
    if posted is not None:
        return posted
    header = headers[0] if headers else ""
    if header[:7].lower() != "bearer ":
        raise InvalidToken(
            "Send an Authorization header: Bearer and a user's access token.", reason="token_missing"
        )
    return header[7:].strip()
