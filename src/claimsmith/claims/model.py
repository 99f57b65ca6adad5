"""Describe what the claim sources are given and what they give back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from claimsmith.domain.apis import TokenShape
from claimsmith.domain.entitlements import HeldPlan
from claimsmith.domain.organizations import Organization
from claimsmith.domain.subjects import SessionFacts, SubjectView
from claimsmith.domain.token_profiles import TokenKind, TokenProfile
from claimsmith.domain.views import ApiGrant, ClientView


@dataclass(frozen=True, slots=True)
class TokenContext:
    """Hold every fact that a token's claims may depend on.

    `apis` are the APIs of the token's audiences, in the order asked for. `scopes` are the granted scopes: of
    a machine its API scopes, sorted; of a user the OIDC scopes, as granted. `subject` and `session` are
    there when the token is about a user. `issued_at` is in whole seconds since the epoch.

    Nobody reads why a token that is issued does not carry something (`explains` is false); then a source may
    keep its omissions to itself. Its claims do not depend on it.
    """

    kind: TokenKind
    client: ClientView
    profile: TokenProfile
    apis: tuple[ApiGrant, ...]
    scopes: tuple[str, ...]
    grant_type: str
    issued_at: int
    token_id: str
    subject: SubjectView | None = None
    session: SessionFacts | None = None
    explains: bool = True

    @property
    def shape(self) -> TokenShape:
        """Return the shape that the token's APIs ask for."""
        return self.apis[0].api.token_shape if self.apis else TokenShape.PLATFORM

    @property
    def organization(self) -> Organization | None:
        """Return the organization the token acts for: the one signed in to, or the application's own."""
        if self.subject is None:
            return self.client.organization
        return self.subject.organization if self.subject.is_member else None

    @property
    def organization_flags(self) -> Mapping[str, object]:
        """Return the flag values of that organization, by flag key."""
        if self.subject is None:
            return self.client.organization_flags
        return self.subject.organization_flags if self.subject.is_member else {}

    @property
    def organization_values(self) -> Mapping[str, str | bool]:
        """Return the property values of that organization, by property key."""
        if self.subject is None:
            return self.client.organization_values
        return self.subject.organization_values if self.subject.is_member else {}

    @property
    def instant(self) -> datetime:
        """Return the moment of issue."""
        return datetime.fromtimestamp(self.issued_at, UTC)

    @property
    def held_plans(self) -> tuple[HeldPlan, ...]:
        """Return the agreements about plans that count for the token."""
        if self.subject is None:
            return self.client.organization_agreements
        return self.subject.plans_at(self.instant)

    @property
    def no_organization(self) -> tuple[str, str]:
        """Return why there is no organization, and what to change to have one."""
        if self.subject is None:
            return (
                "The application belongs to no organization.",
                "Create an application for the organization: POST /api/v1/applications with org_code.",
            )
        return (
            "The user signed in to no organization.",
            "Send org_code in the authorization request, or add the user to an organization.",
        )


class Claim(NamedTuple):
    """Hold one claim and where it came from.

    `because` is one sentence; `object` the id or key of the object it was read from, if there is one.
    """

    name: str
    value: Any
    because: str
    object: str | None = None


class Omission(NamedTuple):
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
