"""Describe what the claim sources are given and what they give back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from claimsmith.domain.apis import TokenShape
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.domain.views import ApiGrant, ClientView


@dataclass(frozen=True, slots=True)
class TokenContext:
    """Hold every fact that a token's claims may depend on.

    `apis` are the APIs of the token's audiences, in the order asked for; `scopes` the granted scopes, sorted.
    `issued_at` is in whole seconds since the epoch.
    """

    kind: TokenKind
    client: ClientView
    profile: TokenProfile
    apis: tuple[ApiGrant, ...]
    scopes: tuple[str, ...]
    grant_type: str
    issued_at: int
    token_id: str

    @property
    def shape(self) -> TokenShape:
        """Return the shape that the token's APIs ask for."""
        return self.apis[0].api.token_shape if self.apis else TokenShape.PLATFORM


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold one claim and where it came from.

    `because` is one sentence; `object` the id or key of the object it was read from, if there is one.
    """

    name: str
    value: Any
    because: str
    object: str | None = None


@dataclass(frozen=True, slots=True)
class Omission:
    """Hold one claim, or one member of a claim (`feature_flags.dark_mode`), that was left out, and why.

    `fix` says what to change to get it.
    """

    name: str
    because: str
    fix: str


Contribution = Claim | Omission
Contribute = Callable[[TokenContext], Iterable[Contribution]]


@dataclass(frozen=True, slots=True)
class TracedClaim:
    """Hold one line of the explanation of a token."""

    claim: str
    source: str
    because: str
    object: str | None


@dataclass(frozen=True, slots=True)
class TracedOmission:
    """Hold one line about what a token does not carry."""

    claim: str
    source: str
    because: str
    fix: str


@dataclass(frozen=True, slots=True)
class ClaimSet:
    """Hold the claims of one token with their explanation."""

    claims: Mapping[str, Any]
    trace: tuple[TracedClaim, ...]
    omitted: tuple[TracedOmission, ...]
