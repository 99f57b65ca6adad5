"""Describe permissions: the rights that roles are made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """Hold one permission of an environment. `key` is what tokens carry."""

    id: str
    key: str
    name: str
    description: str | None = None
