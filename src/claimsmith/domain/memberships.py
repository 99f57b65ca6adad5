"""Describe memberships: which user belongs to which organization, and what the user holds there."""

from dataclasses import dataclass
from datetime import datetime

from claimsmith.domain.roles import Role
from claimsmith.domain.users import User


@dataclass(frozen=True, slots=True)
class Membership:
    """Hold that a user is a member of an organization."""

    user_id: str
    organization_code: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Holdings:
    """Hold what a member was given: ids of roles, of direct permissions and of direct API scopes."""

    role_ids: frozenset[str] = frozenset()
    permission_ids: frozenset[str] = frozenset()
    scope_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Member:
    """Hold one member as lists show it. `email` is the primary address in its compared form."""

    user: User
    joined_at: datetime
    email: str | None = None
    roles: tuple[Role, ...] = ()
