"""Give users identities, choose the primary ones, and take identities away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.errors import AlreadyExists, InvalidInput, LimitReached, NotFound
from claimsmith.domain.identities import identity_value
from claimsmith.domain.paging import Page, slice_page
from claimsmith.domain.users import Identity, IdentityType
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context

MOST_IDENTITIES = 50


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """Hold an identity that a user is to have, as it was typed."""

    type: IdentityType
    text: str
    is_verified: bool = False
    field: str | None = None


async def add_identity(context: Context, user_id: str, identity: NewIdentity) -> Identity:
    """Give a user an identity. Raises `NotFound`, `InvalidInput`, `AlreadyExists` for one that is taken."""
    async with context.changing() as work:
        made = await put_identity(work, user_id, identity)
        work.record("user", user_id, "changed")
    return made


async def proved_addresses(work: Work, user_id: str) -> list[str]:
    """Return the email addresses that a user has proved, the primary one first."""
    found = [
        each
        for each in await work.users.identities_of(user_id)
        if each.type is IdentityType.EMAIL and each.is_verified
    ]
    return [each.value for each in sorted(found, key=lambda each: not each.is_primary)]


async def put_identity(work: Work, user_id: str, identity: NewIdentity) -> Identity:
    """Give a user an identity inside a transaction; the first of its type becomes primary.

    Raises `NotFound`, `InvalidInput`, `AlreadyExists`, also when another transaction takes the same value at
    the same time; `LimitReached` past 50 identities.
    """
    value, shown_value = identity_value(identity.type, identity.text, identity.field)
    if not await work.users.hold(user_id):
        raise _no_user(user_id)
    others = await work.users.identities_of(user_id)
    if len(others) >= MOST_IDENTITIES:
        raise LimitReached(
            f"{user_id} has {MOST_IDENTITIES} identities, the most there can be; delete one first."
        )
    made = Identity(
        id=f"identity_{random_hex(32)}",
        user_id=user_id,
        type=identity.type,
        value=value,
        shown_value=shown_value,
        is_verified=identity.is_verified and identity.type is not IdentityType.USERNAME,
        is_primary=all(other.type is not identity.type for other in others),
        created_at=_after(others, work.now),
    )
    if not await work.users.add_identity(made):
        raise AlreadyExists(
            f"The {identity.type.value} {shown_value!r} belongs to a user; choose another.",
            field=identity.field or identity.type.value,
            code=f"{identity.type.value.upper()}_ALREADY_EXISTS",
        )
    return made


async def get_identity(context: Context, identity_id: str) -> Identity:
    """Return one identity. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_identity(work, identity_id)


async def list_identities(
    context: Context,
    user_id: str,
    *,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> Page[Identity]:
    """Return one page of the identities of a user, the oldest first. Raises `NotFound`."""
    async with context.reading() as work:
        if await work.users.find(user_id) is None:
            raise _no_user(user_id)
        items = await work.users.identities_of(user_id)
    return slice_page(
        items,
        lambda item: item.id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )


async def make_primary(context: Context, identity_id: str) -> Identity:
    """Make an identity the primary one of its type; the one that was is no longer. Raises `NotFound`."""
    async with context.changing() as work:
        chosen = await find_identity(work, identity_id)
        await work.users.hold(chosen.user_id)
        for other in await work.users.identities_of(chosen.user_id):
            if other.type is chosen.type and other.is_primary != (other.id == identity_id):
                await work.users.replace_identity(replace(other, is_primary=other.id == identity_id))
        work.record("user", chosen.user_id, "changed")
    return replace(chosen, is_primary=True)


async def keep_primary(context: Context, identity_id: str) -> Identity:
    """Return an identity that is not primary. Raises `NotFound`, `InvalidInput` for one that is."""
    identity = await get_identity(context, identity_id)
    if identity.is_primary:
        raise InvalidInput(
            f"One {identity.type.value} of a user is primary; make another one primary instead.",
            field="is_primary",
            code="IS_PRIMARY_INVALID",
        )
    return identity


async def mark_verified(work: Work, user_id: str, type: IdentityType, value: str) -> None:
    """Note that a user has proved to hold an identity. Nothing happens unless the identity is the user's."""
    identity = await work.users.find_identity_by_value(type, value)
    if identity is not None and identity.user_id == user_id and not identity.is_verified:
        await work.users.replace_identity(replace(identity, is_verified=True))


async def delete_identity(context: Context, identity_id: str) -> None:
    """Delete an identity; the oldest of its type that is left becomes primary. Raises `NotFound`."""
    async with context.changing() as work:
        identity = await find_identity(work, identity_id)
        await work.users.hold(identity.user_id)
        await work.users.remove_identity(identity_id)
        left = [
            each for each in await work.users.identities_of(identity.user_id) if each.type is identity.type
        ]
        if left and not any(each.is_primary for each in left):
            await work.users.replace_identity(replace(left[0], is_primary=True))
        work.record("user", identity.user_id, "changed")


async def find_identity(work: Work, identity_id: str) -> Identity:
    """Return one identity of the environment. Raises `NotFound`."""
    identity = await work.users.find_identity(identity_id)
    if identity is None:
        raise NotFound(f"There is no identity {identity_id!r}.", code="IDENTITY_NOT_FOUND")
    return identity


def _after(others: Sequence[Identity], now: datetime) -> datetime:
    """Return now, or the first moment after the others: those of one transaction keep their order."""
    made_at = [other.created_at for other in others if other.created_at is not None]
    return max([now, *(each + timedelta(microseconds=1) for each in made_at)])


def _no_user(user_id: str) -> NotFound:
    return NotFound(f"There is no user {user_id!r}.", code="USER_NOT_FOUND")
