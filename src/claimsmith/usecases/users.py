"""Create, read, change, list, search and delete users."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.feature_flags import OverrideLevel
from claimsmith.domain.identities import identity_value
from claimsmith.domain.paging import Page, check_page_size
from claimsmith.domain.users import IdentityType
from claimsmith.storage.user_filters import FoundScope, UserFilter
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.identities import NewIdentity, put_identity
from claimsmith.usecases.memberships import join, join_at_sign_up
from claimsmith.usecases.user_records import (
    UserRecord,
    end_access,
    find_user,
    provided_id_taken,
    put_user,
    record_of,
    records_of,
    with_members,
)

__all__ = [
    "FoundScope",
    "UserRecord",
    "change_user",
    "create_user",
    "delete_user",
    "end_access",
    "find_user",
    "get_user",
    "list_users",
    "property_values_of",
    "put_user",
    "records_of",
    "refresh_claims",
    "scopes_of",
    "search_users",
]

MOST_LISTED_VALUES = 100


async def create_user(
    context: Context,
    *,
    first_name: str | None = None,
    last_name: str | None = None,
    picture: str | None = None,
    provided_id: str | None = None,
    identities: Sequence[NewIdentity] = (),
    organization_codes: Sequence[str] | None = (),
) -> UserRecord:
    """Create a user with identities, who joins organizations with the default roles.

    `None` for the organizations means those that a sign-up would join: by the domain of a verified address,
    or the default one if the policy `access` says so. Raises `InvalidInput`, `AlreadyExists`, `NotFound` for
    an organization; then nothing is created.
    """
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
        await _join(work, user.id, organization_codes, identities)
        work.record("user", user.id, "created")
        return await record_of(work, user)


async def _join(
    work: Work,
    user_id: str,
    organization_codes: Sequence[str] | None,
    identities: Sequence[NewIdentity],
) -> None:
    if organization_codes is None:
        policies = await work.policies.all()
        proved = [each for each in identities if each.is_verified and each.type is IdentityType.EMAIL]
        email = identity_value(proved[0].type, proved[0].text)[0] if proved else None
        await join_at_sign_up(work, policies.access, user_id, email=email)
    for code in organization_codes or ():
        await join(work, user_id, code)


async def get_user(context: Context, user_id: str) -> UserRecord:
    """Return one user. Raises `NotFound`."""
    async with context.reading() as work:
        return await record_of(work, await find_user(work, user_id))


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


async def search_users(
    context: Context,
    *,
    text: str | None = None,
    properties: Mapping[str, Sequence[str]] | None = None,
    scopes: Sequence[str] | None = None,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> Page[UserRecord]:
    """Return users by what is looked for, in the order of their ids.

    `text` is in the name or an email address; in it and in property values `*` stands for anything. A user
    must have one of the values of each property, and one of the API scopes (by key) in some organization.
    """
    if starting_after and ending_before:
        raise InvalidInput("Give starting_after or ending_before, not both.", field="starting_after")
    size = check_page_size(page_size)
    for values in (*(properties or {}).values(), list(properties or ()), scopes or ()):
        if len(values) > MOST_LISTED_VALUES:
            raise InvalidInput(
                f"{len(values)} values are too many; ask for {MOST_LISTED_VALUES} at the most.",
                code="TOO_MANY_VALUES",
            )
    narrowing = UserFilter(
        text=None if text in (None, "", "*") else text, properties=properties, scopes=scopes
    )
    async with context.reading() as work:
        found, has_more = await work.users.page_by_id(
            narrowing, size=size, starting_after=starting_after, ending_before=ending_before
        )
        records = await records_of(work, found)
    return Page(records, records[-1].user.id if has_more and records else None)


async def property_values_of(context: Context, user_ids: Sequence[str]) -> dict[str, dict[str, str | bool]]:
    """Return the property values of several users, by user id and property key."""
    async with context.reading() as work:
        return {user_id: await work.properties.values_of(user_id) for user_id in user_ids}


async def scopes_of(context: Context, user_ids: Sequence[str]) -> dict[str, list[FoundScope]]:
    """Return the API scopes that several users have in their organizations, by user id."""
    async with context.reading() as work:
        return await work.users.scopes_of_many(user_ids)


async def change_user(context: Context, user_id: str, members: Mapping[str, Any]) -> UserRecord:
    """Change the given members: names, picture, provided_id and the switches.

    `None` takes a text away. Suspending a user ends the user's sessions and grants. Raises `NotFound`,
    `InvalidInput`, `AlreadyExists` for a `provided_id`.
    """
    async with context.changing() as work:
        user = await find_user(work, user_id)
        changed = replace(with_members(user, members), updated_at=work.now)
        holder = changed.provided_id and await work.users.find_by_provided_id(changed.provided_id)
        if holder and holder.id != user_id:
            raise provided_id_taken(changed)
        await work.users.replace(changed)
        if changed.is_suspended and not user.is_suspended:
            await end_access(work, user_id, "user_suspended")
        work.record("user", user_id, "changed")
        return await record_of(work, changed)


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
    """Make sure that the next token of a user carries what is stored. Raises `NotFound`.

    Nothing about a user is ever cached, so that is so already.
    """
    async with context.reading() as work:
        await find_user(work, user_id)


def _compared(type: IdentityType, texts: Collection[str]) -> list[str]:
    compared = []
    for text in texts:
        try:
            compared.append(identity_value(type, text)[0])
        except InvalidInput:
            continue
    return compared
