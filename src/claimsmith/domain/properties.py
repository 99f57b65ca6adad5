"""Describe properties: custom fields of users, organizations and applications."""

from dataclasses import dataclass
from enum import StrEnum


class PropertyContext(StrEnum):
    """Name what a property belongs to, by the words of the management API."""

    USER = "usr"
    ORGANIZATION = "org"
    APPLICATION = "app"

    @property
    def claim_name(self) -> str:
        """Return the claim that carries properties of this context."""
        return {"usr": "user", "org": "organization", "app": "application"}[self.value] + "_properties"


class PropertyType(StrEnum):
    """Name the types of value a property can hold."""

    SINGLE_LINE_TEXT = "single_line_text"
    MULTI_LINE_TEXT = "multi_line_text"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Property:
    """Hold the definition of one property. `key` and `context` never change.

    A private property never enters a token. `is_builtin` marks those that each environment starts with.
    """

    id: str
    key: str
    name: str
    context: PropertyContext
    type: PropertyType
    description: str | None = None
    is_private: bool = False
    category_id: str | None = None
    is_builtin: bool = False


@dataclass(frozen=True, slots=True)
class PropertyCategory:
    """Hold one heading under which properties of one context are shown."""

    id: str
    name: str
    context: PropertyContext


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """Hold one property together with the value that one object has for it (`None`: never set)."""

    property: Property
    value: str | bool | None
