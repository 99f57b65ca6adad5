"""Describe roles and connections as far as applications refer to them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """Hold one role of an environment."""

    id: str
    key: str
    name: str
    description: str | None = None
    is_default_role: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """Hold one way to sign in that an application can be given."""

    id: str
    name: str
    display_name: str
    strategy: str
