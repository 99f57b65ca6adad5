"""Describe roles and connections."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """Hold one role of an environment.

    A default role is given to everyone who joins an organization, a creator role to whoever creates one.
    Whoever assigns the role must hold the permission `assignment_permission_id`, if it names one.
    """

    id: str
    key: str
    name: str
    description: str | None = None
    is_default_role: bool = False
    is_creator_role: bool = False
    assignment_permission_id: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Hold one way to sign in that an application can be given."""

    id: str
    name: str
    display_name: str
    strategy: str
