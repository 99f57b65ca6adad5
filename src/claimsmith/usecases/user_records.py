"""Read and write users inside a transaction of a caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound
from claimsmith.domain.keys_and_names import check_name, check_switch, check_text, check_url
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.work import Work
from claimsmith.usecases import sso_sessions

LONGEST_PERSONAL_NAME = 255
LONGEST_PROVIDED_ID = 255
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


async def put_user(work: Work, members: Mapping[str, Any]) -> User:
    """Insert a user. Raises `InvalidInput`, `AlreadyExists` for a `provided_id`."""
    user = User(id=f"kp_{random_hex(32)}", created_at=work.now, updated_at=work.now)
    user = with_members(user, members)
    if not await work.users.add(user):
        raise provided_id_taken(user)
    return user


async def find_user(work: Work, user_id: str) -> User:
    """Return one user of the environment. Raises `NotFound`."""
    user = await work.users.find(user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id!r}.", code="USER_NOT_FOUND")
    return user


async def end_access(work: Work, user_id: str, because: str) -> None:
    """End what a user is signed in to: SSO sessions, and the grants that refresh tokens live on."""
    await sso_sessions.end_of_user(work, user_id)
    await work.grants.revoke_where(user_id=user_id, because=because)


async def record_of(work: Work, user: User) -> UserRecord:
    """Return one user with identities and organizations."""
    return (await records_of(work, [user]))[0]


async def records_of(work: Work, users: Sequence[User]) -> list[UserRecord]:
    """Return users with their identities and organizations: two queries."""
    ids = [user.id for user in users]
    identities = await work.users.identities_of_many(ids)
    organizations = await work.users.organization_codes_of_many(ids)
    return [UserRecord(user, identities[user.id], organizations[user.id]) for user in users]


def with_members(user: User, members: Mapping[str, Any]) -> User:
    """Return a user with other members; an empty text or `None` takes a text away. Raises `InvalidInput`."""
    values: dict[str, Any] = {}
    for member, value in members.items():
        if member in SWITCHES:
            values[member] = check_switch(value, member)
        elif member in ("first_name", "last_name"):
            values[member] = check_name(value, member, LONGEST_PERSONAL_NAME) if value else None
        elif member == "picture":
            values[member] = check_url(value, member) if value else None
        elif member == "provided_id":
            values[member] = check_text(value, member, LONGEST_PROVIDED_ID) if value else None
        else:
            raise InvalidInput(f"A user has no member {member!r}.", field=member)
    return replace(user, **values)


def provided_id_taken(user: User) -> AlreadyExists:
    """Say that another user has the `provided_id`."""
    return AlreadyExists(
        f"The provided_id {user.provided_id!r} belongs to another user.",
        field="provided_id",
        code="PROVIDED_ID_ALREADY_EXISTS",
    )
