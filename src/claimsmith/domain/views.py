"""Describe what issuing a token needs to know, compiled once and then read without a database.

A view is immutable. It is thrown away, never changed, when something it was made from changes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from claimsmith.domain.apis import Api
from claimsmith.domain.applications import Application
from claimsmith.domain.entitlements import Entitlements, HeldPlan
from claimsmith.domain.environments import Environment
from claimsmith.domain.feature_flags import FeatureFlag
from claimsmith.domain.organizations import Organization
from claimsmith.domain.permissions import Permission
from claimsmith.domain.plan_access import UNLOCKED, PlanAccess
from claimsmith.domain.policies import EnvironmentPolicies
from claimsmith.domain.properties import Property
from claimsmith.domain.roles import Connection, Role
from claimsmith.domain.secrets import SecretHash
from claimsmith.domain.token_profiles import TokenKind, TokenProfile, default_profile


@dataclass(frozen=True, slots=True)
class RoleView:
    """Hold one role with what it grants: permissions by their ids, API scopes by theirs."""

    role: Role
    permission_ids: frozenset[str] = frozenset()
    scope_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    """Hold what all tokens of one environment share.

    Flags and properties are by key, roles and permissions by id. `access` is what the plan of the business
    includes, which changes with time alone, too.
    """

    environment: Environment
    flags: Mapping[str, FeatureFlag] = field(default_factory=dict)
    properties: Mapping[str, Property] = field(default_factory=dict)
    roles: Mapping[str, RoleView] = field(default_factory=dict)
    permissions: Mapping[str, Permission] = field(default_factory=dict)
    policies: EnvironmentPolicies = field(default_factory=EnvironmentPolicies)
    access: PlanAccess = UNLOCKED


@dataclass(frozen=True, slots=True)
class ApiGrant:
    """Hold one API that a client is authorized for.

    `enabled` are the keys of the scopes enabled for the client; `scope_ids` the ids of all its scopes by key.
    """

    api: Api
    enabled: frozenset[str]
    scope_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveSecret:
    """Hold what comparing a client secret needs. `expires_at` is in seconds since the epoch, or infinite."""

    id: str
    hash: SecretHash
    expires_at: float = math.inf


@dataclass(frozen=True, slots=True)
class ClientView:
    """Hold everything about one client that its tokens depend on.

    `grants` are by audience. The organization members are empty unless the application is scoped to one.
    `access_role_ids` are the roles that may use the application, if its access is controlled; `connections`
    the ways that it offers people to sign in.
    """

    environment: EnvironmentView
    application: Application
    secrets: tuple[LiveSecret, ...] = ()
    grants: Mapping[str, ApiGrant] = field(default_factory=dict)
    profiles: Mapping[TokenKind, TokenProfile] = field(default_factory=dict)
    application_values: Mapping[str, str | bool] = field(default_factory=dict)
    organization: Organization | None = None
    organization_flags: Mapping[str, object] = field(default_factory=dict)
    organization_values: Mapping[str, str | bool] = field(default_factory=dict)
    organization_agreements: tuple[HeldPlan, ...] = ()
    access_role_ids: frozenset[str] = frozenset()
    connections: tuple[Connection, ...] = ()

    def may_be_used_with(self, role_ids: frozenset[str]) -> bool:
        """Tell whether a user who holds these roles in the organization in use may use the application."""
        is_controlled = self.application.options.is_access_control_enabled
        return not is_controlled or not self.access_role_ids.isdisjoint(role_ids)

    def good_until(self, at: int) -> float:
        """Return until when nothing in the view means something else by time alone, or infinity.

        `at` is in seconds since the epoch, as is what is returned.
        """
        good = self.environment.access.valid_until(at)
        if not self.organization_agreements:
            return good
        until = Entitlements.of(self.organization_agreements, datetime.fromtimestamp(at, UTC)).valid_until
        return min(good, until.timestamp()) if until else good

    def profile(self, kind: TokenKind) -> TokenProfile:
        """Return the saved profile for a kind of token, or the default one."""
        return self.profiles.get(kind) or default_profile(self.application.id, kind)
