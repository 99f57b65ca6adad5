"""Show users as the management API does, in each of the forms that its operations answer with."""

from collections.abc import Mapping
from typing import NotRequired, cast

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.users import IdentityType
from claimsmith.edge.management.answers import Moment, Shown
from claimsmith.usecases.users import UserRecord

NO_CUSTOMERS: Mapping[str, str] = {}


class ShownSignIn(Shown):
    """Hold when a user last signed in to an organization."""

    org_code: str
    last_signed_in: Moment | None


class ShownIdentity(Shown):
    """Hold one identity within a user: its type and what people are shown of it."""

    type: str
    identity: str


class ShownCustomer(Shown):
    """Hold the billing customer that a user is, if the user is one."""

    customer_id: str | None


class ShownPerson(Shown):
    """Hold what every form of a user has."""

    id: str
    provided_id: str | None
    username: str | None
    last_name: str | None
    first_name: str | None
    is_suspended: bool
    picture: str | None
    total_sign_ins: int
    failed_sign_ins: int
    last_signed_in: Moment | None
    created_on: Moment | None
    organizations: NotRequired[list[str]]
    identities: NotRequired[list[ShownIdentity]]
    billing: NotRequired[ShownCustomer]


class ShownUser(ShownPerson):
    """Hold one user of a list."""

    email: str | None
    phone: str | None
    last_organization_sign_ins: list[ShownSignIn]


class WholeUser(ShownPerson):
    """Hold one user that was read by id."""

    preferred_email: str | None
    phone: str | None


class ScopeOfUser(Shown):
    """Hold one API scope that a user has in an organization."""

    org_code: str
    scope: str
    api_id: str


class PersonWithEmail(ShownPerson):
    """Hold what a user found by a search always has."""

    email: str | None


class FoundUser(PersonWithEmail):
    """Hold one user that was searched for; property values are by key."""

    properties: NotRequired[dict[str, str | bool]]
    api_scopes: NotRequired[list[ScopeOfUser]]


class WasCreated(Shown):
    """Say that an identity was created."""

    created: bool


class CreatedIdentity(Shown):
    """Hold what became of one identity of a new user."""

    type: str
    result: WasCreated


class CreatedUser(Shown):
    """Hold a new user. Nothing is created by halves: `created` is always true."""

    id: str
    created: bool
    identities: list[CreatedIdentity]


class ChangedUser(Shown):
    """Hold a user after a change."""

    id: str
    given_name: str | None
    family_name: str | None
    email: str | None
    is_suspended: bool
    is_password_reset_requested: bool
    picture: str | None


def listed_user(
    record: UserRecord, expanded: frozenset[str], customers: Mapping[str, str] = NO_CUSTOMERS
) -> ShownUser:
    """Return a user as lists have it; `customers` are ids of billing customers by the ids of users."""
    person = _person(record, expanded, customers)
    code, signed_in = record.user.last_organization_code, person["last_signed_in"]
    return {
        **person,
        "email": record.primary(IdentityType.EMAIL),
        "phone": record.primary(IdentityType.PHONE),
        "last_organization_sign_ins": [{"org_code": code, "last_signed_in": signed_in}] if code else [],
    }


def whole_user(
    record: UserRecord, expanded: frozenset[str], customers: Mapping[str, str] = NO_CUSTOMERS
) -> WholeUser:
    """Return a user as it is read by id."""
    return {
        **_person(record, expanded, customers),
        "preferred_email": record.primary(IdentityType.EMAIL),
        "phone": record.primary(IdentityType.PHONE),
    }


def found_user(record: UserRecord, expanded: frozenset[str]) -> FoundUser:
    """Return a user as a search finds it, without properties and scopes."""
    found: PersonWithEmail = {**_person(record, expanded), "email": record.primary(IdentityType.EMAIL)}
    return cast(FoundUser, found)  # what is not there yet is not required


def created_user(record: UserRecord) -> CreatedUser:
    """Return a user that was created."""
    return {
        "id": record.user.id,
        "created": True,
        "identities": [{"type": each.type.value, "result": {"created": True}} for each in record.identities],
    }


def changed_user(record: UserRecord) -> ChangedUser:
    """Return a user that was changed."""
    user = record.user
    return {
        "id": user.id,
        "given_name": user.first_name,
        "family_name": user.last_name,
        "email": record.primary(IdentityType.EMAIL),
        "is_suspended": user.is_suspended,
        "is_password_reset_requested": user.is_password_reset_requested,
        "picture": user.picture,
    }


def expansions(text: str | None, allowed: tuple[str, ...]) -> frozenset[str]:
    """Return the words of `expand`. Raises `InvalidInput` for one that is not allowed."""
    words = frozenset(listed(text or ""))
    for word in words - set(allowed):
        raise InvalidInput(
            f"expand is {word!r}; use {', '.join(allowed)}.", field="expand", code="EXPAND_INVALID"
        )
    return words


def listed(text: str) -> list[str]:
    """Return the parts of a comma-separated text."""
    return [part for part in (each.strip() for each in text.split(",")) if part]


def _person(
    record: UserRecord, expanded: frozenset[str], customers: Mapping[str, str] = NO_CUSTOMERS
) -> ShownPerson:
    user = record.user
    shown: ShownPerson = {
        "id": user.id,
        "provided_id": user.provided_id,
        "username": record.primary(IdentityType.USERNAME),
        "last_name": user.last_name,
        "first_name": user.first_name,
        "is_suspended": user.is_suspended,
        "picture": user.picture,
        "total_sign_ins": user.total_sign_ins,
        "failed_sign_ins": user.failed_sign_ins,
        "last_signed_in": user.last_signed_in_at.isoformat() if user.last_signed_in_at else None,
        "created_on": user.created_at.isoformat() if user.created_at else None,
    }
    if "organizations" in expanded:
        shown["organizations"] = list(record.organization_codes)
    if "identities" in expanded:
        shown["identities"] = [
            {"type": each.type.value, "identity": each.shown_value} for each in record.identities
        ]
    if "billing" in expanded:
        shown["billing"] = {"customer_id": customers.get(user.id)}
    return shown
