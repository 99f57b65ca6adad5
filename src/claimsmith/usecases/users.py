"""Create, read, change, list and delete users."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound
from claimsmith.domain.feature_flags import OverrideLevel
from claimsmith.domain.identities import identity_value
from claimsmith.domain.keys_and_names import check_name, check_text, check_url
from claimsmith.domain.paging import Page
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.users import UserFilter
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.identities import NewIdentity, put_identity

LONGEST_PERSONAL_NAME = 255
LONGEST_PROVIDED_ID = 255
MOST_LISTED_VALUES = 100
SWITCHES = frozenset({"is_suspended", "is_password_reset_requested", "is_passkey_offer_declined"})


@dataclass(frozen=True, slots=True)
class UserRecord:
    """Hold one user with the identities, the oldest first, and the codes of the user's organizations."""

    user: User
    identities: Sequence[Identity] = ()
    organization_codes: Sequence[str] = ()

    def primary(self, type: IdentityType) -> str | None:
        """Return what people are shown of the primary identity of a type, or `None` without one."""
        found = [each for each in self.identities if each.type is type]
        chosen = next((each for each in found if each.is_primary), found[0] if found else None)
        return chosen.shown_value if chosen else None


def new_user_id() -> str:
    """Return a new user id: `kp_` and 32 hexadecimal characters."""
    return f"kp_{random_hex(32)}"


async def create_user(
    context: Context,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    picture: str | None = None,
    provided_id: str | None = None,
    identities: Sequence[NewIdentity] = (),
) -> UserRecord:
    """Create a user with identities. Raises `InvalidInput`, `AlreadyExists`; then nothing is created."""
    members = {
        "first_name": first_name,
        "last_name": last_name,
        "picture": picture,
        "provided_id": provided_id,
    }
    async with context.changing() as work:
        user = await put_user(work, members)
        for identity in identities:
            await put_identity(work, user.id, identity)
        work.record("user", user.id, "created")
        return await _record_of(work, user)


async def put_user(work: Work, members: Mapping[str, Any]) -> User:
    """Insert a user inside a transaction. Raises `InvalidInput`, `AlreadyExists` for a `provided_id`."""
    user = User(id=new_user_id(), created_at=work.now, updated_at=work.now)
    user = _apply(user, members)
    if not await work.users.add(user):
        raise _provided_id_taken(user)
    return user


async def get_user(context: Context, user_id: str) -> UserRecord:
    """Return one user. Raises `NotFound`."""
    async with context.reading() as work:
        return await _record_of(work, await find_user(work, user_id))


async def list_users(
    context: Context,
    *,
    ids: Collection[str] | None = None,
    identities: Mapping[IdentityType, Collection[str]] | None = None,
    has_organization: bool | None = None,
    active_since: datetime | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[UserRecord]:
    """Return one page of users, the oldest first, who meet every condition that is given.

    `identities` are as people type them; a value that cannot be an identity belongs to nobody.
    """
    compared = {type: _compared(type, values) for type, values in (identities or {}).items()}
    for values in (ids or (), *compared.values()):
        if len(values) > MOST_LISTED_VALUES:
            raise InvalidInput(
                f"{len(values)} values are too many; ask for {MOST_LISTED_VALUES} at the most.",
                code="TOO_MANY_VALUES",
            )
    narrowing = UserFilter(
        ids=ids, identities=compared, has_organization=has_organization, active_since=active_since
    )
    async with context.reading() as work:
        page = await work.users.page_created(narrowing, page_size=page_size, next_token=next_token)
        return Page(await records_of(work, page.items), page.next_token)


async def change_user(context: Context, user_id: str, members: Mapping[str, Any]) -> UserRecord:
    """Change the given members: names, picture, provided_id and the switches.

    `None` takes a text away. Suspending a user ends the user's sessions and grants. Raises `NotFound`,
    `InvalidInput`, `AlreadyExists` for a `provided_id`.
    """
    async with context.changing() as work:
        user = await find_user(work, user_id)
        changed = replace(_apply(user, members), updated_at=work.now)
        holder = changed.provided_id and await work.users.find_by_provided_id(changed.provided_id)
        if holder and holder.id != user_id:
            raise _provided_id_taken(changed)
        await work.users.replace(changed)
        if changed.is_suspended and not user.is_suspended:
            await end_access(work, user_id, "user_suspended")
        work.record("user", user_id, "changed")
        return await _record_of(work, changed)


async def delete_user(context: Context, user_id: str, *, with_traces: bool = False) -> None:
    """Delete a user with everything that belongs to the user. Raises `NotFound`.

    `with_traces` also deletes what others began for the user: invitations and messages to the user's
    addresses.
    """
    async with context.changing() as work:
        await find_user(work, user_id)
        if with_traces:
            addresses = [
                each.value
                for each in await work.users.identities_of(user_id)
                if each.type is not IdentityType.USERNAME
            ]
            await work.users.remove_traces(user_id, addresses)
        await work.properties.remove_values_of(user_id)
        await work.feature_flags.remove_overrides(OverrideLevel.USR, user_id)
        await work.users.remove(user_id)
        work.record("user", user_id, "deleted")


async def refresh_claims(context: Context, user_id: str) -> None:
    """Note that the claims of a user are wanted anew. Raises `NotFound`.

    Nothing about a user is ever cached: the next token carries what is stored. So there is nothing to do.
    """
    async with context.reading() as work:
        await find_user(work, user_id)


async def end_access(work: Work, user_id: str, because: str) -> None:
    """End what a user is signed in to: SSO sessions, and the grants that refresh tokens live on."""
    await work.sso_sessions.end_of_user(user_id, work.now)
    await work.grants.revoke_where(user_id=user_id, because=because)


async def find_user(work: Work, user_id: str) -> User:
    """Return one user of the environment. Raises `NotFound`."""
    user = await work.users.find(user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id!r}.", code="USER_NOT_FOUND")
    return user


async def records_of(work: Work, users: Sequence[User]) -> list[UserRecord]:
    """Return users with their identities and organizations: two queries."""
    ids = [user.id for user in users]
    identities = await work.users.identities_of_many(ids)
    organizations = await work.users.organization_codes_of_many(ids)
    return [UserRecord(user, identities[user.id], organizations[user.id]) for user in users]


async def _record_of(work: Work, user: User) -> UserRecord:
    return (await records_of(work, [user]))[0]


def _compared(type: IdentityType, texts: Collection[str]) -> list[str]:
    compared = []
    for text in texts:
        try:
            compared.append(identity_value(type, text)[0])
        except InvalidInput:
            continue
    return compared


def _apply(user: User, members: Mapping[str, Any]) -> User:
    values: dict[str, Any] = {}
    for member, value in members.items():
        if member in SWITCHES:
            values[member] = bool(value)
        elif member in ("first_name", "last_name"):
            values[member] = check_name(value, member, LONGEST_PERSONAL_NAME) if value else None
        elif member == "picture":
            values[member] = check_url(value, member) if value else None
        elif member == "provided_id":
            values[member] = check_text(value, member, LONGEST_PROVIDED_ID) if value else None
        else:
            raise InvalidInput(f"A user has no member {member!r}.", field=member)
    return replace(user, **values)


def _provided_id_taken(user: User) -> AlreadyExists:
    return AlreadyExists(
        f"The provided_id {user.provided_id!r} belongs to another user.",
        field="provided_id",
        code="PROVIDED_ID_ALREADY_EXISTS",
    )
