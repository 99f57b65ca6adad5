"""Serve `/api/v1/users/{user_id}/identities` and `/api/v1/identities`."""

from typing import Any

from claimsmith.domain.identities import identity_type
from claimsmith.domain.users import Identity, IdentityType
from claimsmith.edge.management.answers import Moment, Named, Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import identities
from claimsmith.usecases.identities import NewIdentity
from claimsmith.usecases.phone_numbers import international

operations = Operations("Identities")


class Added(Body):
    """Hold the body of `POST /users/{user_id}/identities`."""

    value: str
    type: str
    phone_country_id: str | None = None
    connection_id: str | None = None


class WholeIdentity(Shown):
    """Hold one identity; `email` repeats the name of one that is an address."""

    id: str
    type: str
    is_confirmed: bool
    created_on: Moment | None
    last_login_on: Moment | None
    total_logins: int
    name: str
    email: str | None
    connection_id: str | None
    is_primary: bool


class IdentityChanges(Body):
    """Hold the body of `PATCH /identities/{identity_id}`."""

    is_primary: bool


@operations.operation(
    "GET /users/{user_id}/identities",
    "GetUserIdentities",
    scope="read:user_identities",
    answer={"identities": list[WholeIdentity], "has_more": bool},
)
async def get_user_identities(
    context: Caller,
    user_id: str,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> dict[str, Any]:
    """List what a user signs in with, the oldest first."""
    page = await identities.list_identities(
        context,
        user_id,
        page_size=identities.MOST_IDENTITIES,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    return ok(identities=[_shown(each) for each in page.items], has_more=page.has_more)


@operations.operation(
    "POST /users/{user_id}/identities",
    "CreateUserIdentity",
    scope="create:user_identities",
    status=201,
    answer={"identity": Named},
)
async def create_user_identity(context: Caller, user_id: str, body: Added) -> dict[str, Any]:
    """Give a user an email address, a username or a phone number, not verified yet."""
    kind = identity_type(body.type)
    is_phone = kind is IdentityType.PHONE
    text = international(body.value, body.phone_country_id, "value") if is_phone else body.value
    made = await identities.add_identity(context, user_id, NewIdentity(kind, text, field="value"))
    return ok("Identity created", "IDENTITY_CREATED", identity={"id": made.id})


@operations.operation(
    "GET /identities/{identity_id}", "GetIdentity", scope="read:identities", answer=WholeIdentity
)
async def get_identity(context: Caller, identity_id: str) -> WholeIdentity:
    """Read one identity."""
    return _shown(await identities.get_identity(context, identity_id))


@operations.operation("PATCH /identities/{identity_id}", "UpdateIdentity", scope="update:identities")
async def update_identity(context: Caller, identity_id: str, body: IdentityChanges) -> dict[str, Any]:
    """Make an identity the primary one of its type."""
    change = identities.make_primary if body.is_primary else identities.keep_primary
    await change(context, identity_id)
    return ok("Identity updated", "IDENTITY_UPDATED")


@operations.operation("DELETE /identities/{identity_id}", "DeleteIdentity", scope="delete:identities")
async def delete_identity(context: Caller, identity_id: str) -> dict[str, Any]:
    """Delete an identity; the oldest of its type that is left becomes primary."""
    await identities.delete_identity(context, identity_id)
    return ok("Identity deleted", "IDENTITY_DELETED")


def _shown(identity: Identity) -> WholeIdentity:
    signed_in_at, created_at = identity.last_signed_in_at, identity.created_at
    return {
        "id": identity.id,
        "type": identity.type.value,
        "is_confirmed": identity.is_verified,
        "created_on": created_at.isoformat() if created_at else None,
        "last_login_on": signed_in_at.isoformat() if signed_in_at else None,
        "total_logins": identity.total_sign_ins,
        "name": identity.shown_value,
        "email": identity.shown_value if identity.type is IdentityType.EMAIL else None,
        "connection_id": identity.connection_id,
        "is_primary": identity.is_primary,
    }
