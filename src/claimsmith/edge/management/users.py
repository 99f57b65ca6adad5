"""Serve `/api/v1/user(s)` and their passwords."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from claimsmith.domain.identities import identity_type
from claimsmith.domain.users import IdentityType
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.edge.management.shown_users import (
    ChangedUser,
    CreatedUser,
    ShownUser,
    WholeUser,
    changed_user,
    created_user,
    expansions,
    listed,
    listed_user,
    whole_user,
)
from claimsmith.usecases import passwords, users
from claimsmith.usecases.billed_owners import customer_ids_of_users
from claimsmith.usecases.context import Context
from claimsmith.usecases.identities import NewIdentity
from claimsmith.usecases.phone_numbers import international

operations = Operations("Users")

EXPANSIONS = ("organizations", "identities", "billing")


class Profile(Body):
    """Hold the names and the picture of a new user."""

    given_name: str | None = None
    family_name: str | None = None
    picture: str | None = None


class IdentityDetails(Body):
    """Hold the value of a new identity, in the member of its type."""

    email: str | None = None
    phone: str | None = None
    phone_country_id: str | None = None
    username: str | None = None


class GivenIdentity(Body):
    """Hold one identity of a new user."""

    type: str
    is_verified: bool | None = None
    details: IdentityDetails


class NewUser(Body):
    """Hold the body of `POST /user`."""

    profile: Profile | None = None
    organization_code: str | None = None
    provided_id: str | None = None
    identities: list[GivenIdentity] | None = None


class UserChanges(Body):
    """Hold the body of `PATCH /user`: only what is present is changed; `null` takes a text away."""

    given_name: str | None = None
    family_name: str | None = None
    picture: str | None = None
    is_suspended: bool | None = None
    is_password_reset_requested: bool | None = None
    provided_id: str | None = None


class Password(Body):
    """Hold the body of `PUT /users/{user_id}/password`: the hash that another system made."""

    hashed_password: str
    hashing_method: str = "bcrypt"
    salt: str | None = None
    salt_position: str | None = None
    salt_format: str | None = None
    iterations: int | None = None
    variant: str | None = None
    signer_key: str | None = None
    salt_separator: str | None = None
    rounds: int | None = None
    mem_cost: int | None = None
    is_temporary_password: bool = False


_NAMES = {"given_name": "first_name", "family_name": "last_name"}


@operations.operation(
    "GET /users",
    "getUsers",
    scope="read:users",
    answer={"users": list[ShownUser], "next_token": str | None},
)
async def get_users(
    context: Caller,
    *,
    page_size: int | None = None,
    user_id: str | None = None,
    next_token: str | None = None,
    email: str | None = None,
    username: str | None = None,
    phone: str | None = None,
    expand: str | None = None,
    has_organization: bool | None = None,
    active_since: datetime | None = None,
) -> dict[str, Any]:
    """List users, the oldest first, a page at a time. Lists of ids and identities are comma-separated."""
    expanded = expansions(expand, EXPANSIONS)
    texts = {IdentityType.EMAIL: email, IdentityType.USERNAME: username, IdentityType.PHONE: phone}
    page = await users.list_users(
        context,
        ids=listed(user_id) if user_id else None,
        identities={type: listed(text) for type, text in texts.items() if text},
        has_organization=has_organization,
        active_since=_aware(active_since),
        page_size=page_size,
        next_token=next_token,
    )
    customers = await _customers(context, [record.user.id for record in page.items], expanded)
    shown = [listed_user(record, expanded, customers) for record in page.items]
    return ok(users=shown, next_token=page.next_token)


@operations.operation("GET /user", "getUserData", scope="read:users", answer=WholeUser)
async def get_user(context: Caller, id: str, expand: str | None = None) -> WholeUser:
    """Read one user."""
    expanded = expansions(expand, EXPANSIONS)
    record = await users.get_user(context, id)
    return whole_user(record, expanded, await _customers(context, [id], expanded))


async def _customers(
    context: Context, user_ids: Sequence[str], expanded: frozenset[str]
) -> Mapping[str, str]:
    """Return which customers users are, with expand=billing."""
    return await customer_ids_of_users(context, user_ids) if "billing" in expanded else {}


@operations.operation("POST /user", "createUser", scope="create:users", answer=CreatedUser)
async def create_user(context: Caller, body: NewUser | None = None) -> CreatedUser:
    """Create a user with identities, who joins the organization named, or what a sign-up would join."""
    given = body or NewUser()
    profile = given.profile or Profile()
    made = await users.create_user(
        context,
        first_name=profile.given_name,
        last_name=profile.family_name,
        picture=profile.picture,
        provided_id=given.provided_id,
        identities=[_given(each, place) for place, each in enumerate(given.identities or ())],
        organization_codes=[given.organization_code] if given.organization_code else None,
    )
    return created_user(made)


@operations.operation("PATCH /user", "updateUser", scope="update:users", answer=ChangedUser)
async def update_user(context: Caller, id: str, body: UserChanges) -> ChangedUser:
    """Change the members that are present. Suspending a user ends the user's sessions and refresh tokens."""
    members = {_NAMES.get(name, name): value for name, value in body.model_dump(exclude_unset=True).items()}
    return changed_user(await users.change_user(context, id, members))


@operations.operation("DELETE /user", "deleteUser", scope="delete:users")
async def delete_user(context: Caller, id: str, is_delete_profile: bool = False) -> dict[str, Any]:
    """Delete a user; with `is_delete_profile` also invitations and messages to the user's addresses."""
    await users.delete_user(context, id, with_traces=is_delete_profile)
    return ok("User deleted", "USER_DELETED")


@operations.operation(
    "POST /users/{user_id}/refresh_claims", "refreshUserClaims", scope="update:user_refresh_claims"
)
async def refresh_claims(context: Caller, user_id: str) -> dict[str, Any]:
    """Make sure that the user's next token carries what is stored, which every token does."""
    await users.refresh_claims(context, user_id)
    return ok("Claims refreshed", "USER_CLAIMS_REFRESHED")


@operations.operation("PUT /users/{user_id}/password", "SetUserPassword", scope="update:user_passwords")
async def set_password(context: Caller, user_id: str, body: Password) -> dict[str, Any]:
    """Give a user the password of which another system made a hash; it is hashed anew at its first use."""
    rest = {"hashed_password", "hashing_method", "is_temporary_password"}
    await passwords.import_password(
        context,
        user_id,
        method=body.hashing_method,
        hash=body.hashed_password,
        parameters=body.model_dump(exclude_none=True, exclude=rest),
        is_temporary=body.is_temporary_password,
    )
    return ok("Password set", "USER_PASSWORD_SET")


def _given(identity: GivenIdentity, place: int) -> NewIdentity:
    kind = identity_type(identity.type, f"identities[{place}].type")
    field = f"identities[{place}].details.{kind.value}"
    text = getattr(identity.details, kind.value) or ""
    if kind is IdentityType.PHONE:
        text = international(text, identity.details.phone_country_id, field)
    return NewIdentity(kind, text, bool(identity.is_verified), field)


def _aware(moment: datetime | None) -> datetime | None:
    """Read a moment without a zone as UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
