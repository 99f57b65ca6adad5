"""Hold everything about one user that tokens depend on, as it was read when a token is issued."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.entitlements import HeldPlan
from claimsmith.domain.grants import Grant
from claimsmith.domain.organizations import Organization
from claimsmith.domain.users import Identity, IdentityType, User


@dataclass(frozen=True, slots=True)
class SubjectView:
    """Hold one user within the organization the user signed in to, if any.

    `role_ids`, `permission_ids` and `scope_ids` are those of the membership in `organization`: roles, direct
    permissions, direct API scopes. What a role contains is in the environment's view. `organizations` are all
    of the user's: names by code. Values are by property key, flag overrides by flag key. `allowed_scopes` are
    the API scopes by audience that the user allowed the application, or `None` where nothing limits it.
    `agreements` are the user's own about plans, `organization_agreements` those of `organization`, as stored.
    """

    user: User
    identities: tuple[Identity, ...] = ()
    organization: Organization | None = None
    is_member: bool = False
    role_ids: frozenset[str] = frozenset()
    permission_ids: frozenset[str] = frozenset()
    scope_ids: frozenset[str] = frozenset()
    organizations: Mapping[str, str] = field(default_factory=dict)
    user_values: Mapping[str, str | bool] = field(default_factory=dict)
    organization_values: Mapping[str, str | bool] = field(default_factory=dict)
    user_flags: Mapping[str, object] = field(default_factory=dict)
    organization_flags: Mapping[str, object] = field(default_factory=dict)
    allowed_scopes: Mapping[str, frozenset[str]] | None = None
    agreements: tuple[HeldPlan, ...] = ()
    organization_agreements: tuple[HeldPlan, ...] = ()

    def plans_at(self, instant: datetime) -> tuple[HeldPlan, ...]:
        """Return the agreements that count at an instant: those of the organization, else the user's own."""
        if not self.is_member or not self.organization_agreements:
            return self.agreements
        theirs = (each for each in self.organization_agreements if as_of(each.agreement, instant).is_live)
        return tuple(theirs) or self.agreements

    def primary(self, type: IdentityType) -> Identity | None:
        """Return the primary identity of a type, or the first, or `None`."""
        found = [each for each in self.identities if each.type is type]
        return next((each for each in found if each.is_primary), found[0] if found else None)


@dataclass(frozen=True, slots=True)
class FoundGrant:
    """Hold a grant and its user within its organization, as both were at one moment."""

    grant: Grant
    subject: SubjectView | None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Hold what a user's sign-in adds to tokens. `authenticated_at` is in seconds since the epoch.

    `requested_at` is when the authorization was asked for; `access_token` the one an ID token goes with, for
    its `at_hash`.
    """

    authenticated_at: int
    requested_at: int
    session_id: str | None = None
    nonce: str | None = None
    methods: tuple[str, ...] = ()
    access_token: str | None = None
