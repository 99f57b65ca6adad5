"""Turn an authorization into a token: the one place where claims become a JWT.

Issuing and previewing call the same functions. A preview stops before the signature.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from claimsmith.claims.model import ClaimSet, TokenContext
from claimsmith.claims.pipeline import run
from claimsmith.claims.size import encoded_length, payload_bytes
from claimsmith.domain.apis import SigningAlgorithm, TokenShape
from claimsmith.domain.subjects import SessionFacts, SubjectView
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.domain.views import ApiGrant, ClientView
from claimsmith.oauth.errors import InvalidTarget
from claimsmith.oauth.live_client import BoundedMemo
from claimsmith.oauth.ports import Signer

MOST_SHARED = 1_024
_values: BoundedMemo[bytes, Any] = BoundedMemo(MOST_SHARED)
"""Values of claims by their JSON."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """Hold the right to one token, as a grant proved it.

    `apis` are the APIs of the audiences in the order asked for; `scopes` the granted scopes: API scopes of a
    machine, sorted, or OIDC scopes of a user, who is the `subject` and signed in as `session` says.
    """

    client: ClientView
    kind: TokenKind
    grant_type: str
    apis: tuple[ApiGrant, ...]
    scopes: tuple[str, ...]
    subject: SubjectView | None = None
    session: SessionFacts | None = None


@dataclass(frozen=True, slots=True)
class PreparedToken:
    """Hold a token all but its stamps and its signature."""

    authorization: Authorization
    profile: TokenProfile
    claim_set: ClaimSet
    algorithm: SigningAlgorithm
    typ: str
    scope: str
    """The granted scopes as the answer states them (RFC 6749 §5.1)."""
    good_until: float = math.inf
    """When the claims are to be worked out anew (seconds since the epoch): plans change by time alone."""

    def to_be_kept(self) -> "PreparedToken":
        """Return the same token; values of claims that many tokens have are one object for all of them."""
        claims = {name: _shared(value) for name, value in self.claim_set.claims.items()}
        claim_set = ClaimSet(claims, self.claim_set.trace, self.claim_set.omitted)
        return replace(self, claim_set=claim_set)

    def stamped(self, issued_at: int, token_id: str) -> dict[str, Any]:
        """Return the claims of one token: the prepared ones with their own `iat`, `exp` and `jti`."""
        return {
            **self.claim_set.claims,
            "iat": issued_at,
            "exp": issued_at + self.profile.lifetime_seconds,
            "jti": token_id,
        }


def _shared(value: Any) -> Any:
    """Return an equal value that is kept already, or keep this one. Nobody changes the value of a claim."""
    if not isinstance(value, list | tuple | dict):
        return value
    key = payload_bytes({"": value})
    known = _values.get(key)
    if known is None:
        _values.put(key, value)
        return value
    return known


class Stamping:
    """Give one prepared token its stamps, again and again: within a second only the `jti` is new."""

    __slots__ = ("_after", "_before", "_prepared", "_second")

    def __init__(self, prepared: PreparedToken) -> None:
        """Take the token."""
        self._prepared = prepared
        self._second: int | None = None
        self._before = self._after = b""

    def payload(self, issued_at: int, token_id: str) -> bytes:
        """Return what is signed: the JSON of `PreparedToken.stamped`.

        The token id is unguessable, so where it stands in the JSON is where the `jti` is.
        """
        if issued_at == self._second:
            return b"".join((self._before, token_id.encode("ascii"), self._after))
        payload = payload_bytes(self._prepared.stamped(issued_at, token_id))
        self._before, _, self._after = payload.partition(token_id.encode("ascii"))
        self._second = issued_at
        return payload


def prepare(
    authorization: Authorization,
    *,
    issued_at: int,
    token_id: str,
    profile: TokenProfile | None = None,
    explains: bool = True,
) -> PreparedToken:
    """Work out the claims of a token; a `profile` given here stands in for the saved one (preview).

    Only what somebody will read has to be explained; the claims are the same.

    Raises `InvalidTarget` when the APIs ask for different algorithms or shapes: one token has one of each.
    """
    algorithm, shape = _form(authorization.apis)
    chosen = profile or authorization.client.profile(authorization.kind)
    context = TokenContext(
        kind=authorization.kind,
        client=authorization.client,
        profile=chosen,
        apis=authorization.apis,
        scopes=authorization.scopes,
        grant_type=authorization.grant_type,
        issued_at=issued_at,
        token_id=token_id,
        subject=authorization.subject,
        session=authorization.session,
        explains=explains,
    )
    typ = "at+jwt" if shape is TokenShape.RFC9068 else "JWT"
    scope = " ".join(authorization.scopes)
    good_until = authorization.client.good_until(issued_at)
    return PreparedToken(authorization, chosen, run(context), algorithm, typ, scope, good_until)


def _form(apis: tuple[ApiGrant, ...]) -> tuple[SigningAlgorithm, TokenShape]:
    forms = {(grant.api.signing_algorithm, grant.api.token_shape) for grant in apis}
    if len(forms) > 1:
        raise InvalidTarget(
            "The APIs asked for differ in signing algorithm or token shape. Ask for one token for each.",
            reason="audiences_not_combinable",
        )
    return forms.pop() if forms else (SigningAlgorithm.RS256, TokenShape.PLATFORM)


def sign(prepared: PreparedToken, claims: Mapping[str, Any], signer: Signer) -> str:
    """Return the compact JWT of stamped claims (RFC 7519 §7.1)."""
    return signer.sign(payload_bytes(claims), prepared.typ)


def size_bytes(prepared: PreparedToken, claims: Mapping[str, Any], signer: Signer) -> int:
    """Return the length of the token that `sign` would return, without signing."""
    header = encoded_length(len(payload_bytes(signer.header(prepared.typ))))
    return header + 1 + encoded_length(len(payload_bytes(claims))) + 1 + signer.signature_length


def with_profile(client: ClientView, profile: TokenProfile) -> ClientView:
    """Return a client view in which one profile is replaced by an unsaved one."""
    return replace(client, profiles={**client.profiles, profile.kind: profile})
