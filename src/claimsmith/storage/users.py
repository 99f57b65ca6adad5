"""Store users and the identities they sign in with."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Table, func, or_, select, update

from claimsmith.domain.paging import Page
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.questions import Question, Row, equal, given
from claimsmith.storage.store import Store
from claimsmith.storage.tables import identities, invitations, memberships, messages, users
from claimsmith.storage.user_filters import FoundScope, UserConditions, UserFilter


def _same_user(table: Table) -> Any:
    return (table.c.environment_id == users.c.environment_id) & (table.c.user_id == users.c.id)


_USER = tuple(field.name for field in fields(User))
_IDENTITY = tuple(field.name for field in fields(Identity))
_AT = given(users.c.last_signed_in_at, "at")
_BY_IDENTITY = Question(
    select(users)
    .select_from(users.join(identities, _same_user(identities)))
    .where(*equal(identities, "type", "value"))
)
_IDENTITIES = Question(
    select(identities).where(*equal(identities, "user_id")).order_by(identities.c.created_at, identities.c.id)
)
_SIGNED_IN = Question(
    update(users)
    .where(*equal(users, "id"))
    .values(
        total_sign_ins=users.c.total_sign_ins + 1,
        last_signed_in_at=_AT,
        last_organization_code=func.coalesce(
            given(users.c.last_organization_code, "organization_code"), users.c.last_organization_code
        ),
    )
    .returning(users.c.id)
)
_SIGNED_IN_BY = Question(
    update(identities)
    .where(*equal(identities, "user_id", "type", "value"))
    .values(total_sign_ins=identities.c.total_sign_ins + 1, last_signed_in_at=_AT)
    .returning(identities.c.id)
)
_FAILED = Question(
    update(users)
    .where(*equal(users, "id"))
    .values(failed_sign_ins=users.c.failed_sign_ins + given(users.c.failed_sign_ins, "number"))
    .returning(users.c.id)
)


class UserStore(Store):
    """Store the users of one environment."""

    async def find(self, user_id: str) -> User | None:
        """Return one user, or `None`."""
        row = await self.find_one(users, id=user_id)
        return user_of(row) if row else None

    async def find_by_identity(self, type: IdentityType, value: str) -> User | None:
        """Return the user who has an identity, by its compared value, or `None`."""
        found = await self.ask_rows(_BY_IDENTITY, type=type.value, value=value)
        return user_of(found[0]) if found else None

    async def find_by_provided_id(self, provided_id: str) -> User | None:
        """Return the user with an id from another system, or `None`."""
        row = await self.find_one(users, provided_id=provided_id)
        return user_of(row) if row else None

    async def page_created(
        self, narrowing: UserFilter, *, page_size: int | None, next_token: str | None
    ) -> Page[User]:
        """Return one page of users, the oldest first."""
        return await self.page(
            self.select(users, *self._conditions.of(narrowing)),
            (users.c.created_at, users.c.id),
            user_of,
            page_size=page_size,
            next_token=next_token,
        )

    async def page_by_id(
        self,
        narrowing: UserFilter,
        *,
        size: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
    ) -> tuple[list[User], bool]:
        """Return users in the order of their ids, after or before one, and whether more follow that way."""
        statement = self.select(users, *self._conditions.of(narrowing))
        if ending_before:
            statement = statement.where(users.c.id < ending_before).order_by(users.c.id.desc())
        else:
            statement = statement.where(users.c.id > (starting_after or "")).order_by(users.c.id)
        found = [user_of(row) for row in await self.rows(statement.limit(size + 1))]
        kept = found[:size]
        return (kept[::-1] if ending_before else kept), len(found) > size

    async def add(self, user: User) -> bool:
        """Insert one user; tell whether it could be: its `provided_id` may be taken."""
        return await self.insert_if_free(users, **_columns(user))

    async def replace(self, user: User) -> None:
        """Write every member of a user that exists, but when it was created."""
        values = _columns(user)
        del values["created_at"]
        await self.change(users, {"id": user.id}, **values)

    async def hold(self, user_id: str) -> bool:
        """Make others who would change this user wait until this transaction ends; tell whether it exists."""
        statement = self.update(users, users.c.id == user_id).values(id=users.c.id)
        return await self.run(statement) > 0

    async def note_sign_in(
        self,
        user_id: str,
        identity: tuple[IdentityType, str] | None,
        organization_code: str | None,
        at: datetime,
    ) -> None:
        """Count one sign-in of a user, through an identity if one was used, to an organization if any.

        `identity` is its type and compared value; one of somebody else is not counted.
        """
        await self.tell(_SIGNED_IN, id=user_id, at=at, organization_code=organization_code)
        if identity is not None:
            type, value = identity
            await self.tell(_SIGNED_IN_BY, user_id=user_id, type=type.value, value=value, at=at)

    async def note_failed_sign_in(self, user_id: str, number: int = 1) -> None:
        """Count sign-ins that failed, or take back what was counted too many."""
        await self.tell(_FAILED, id=user_id, number=number)

    async def fulfil_reset(self, user_id: str) -> None:
        """Note that a user has set another password, as was requested."""
        statement = self.update(users, users.c.id == user_id)
        await self.run(statement.values(is_password_reset_requested=False))

    async def decline_passkey_offer(self, user_id: str) -> None:
        """Note that a user wants no passkey for now."""
        statement = self.update(users, users.c.id == user_id)
        await self.run(statement.values(is_passkey_offer_declined=True))

    async def remove(self, user_id: str) -> bool:
        """Delete one user with everything that refers to it; tell whether it was there."""
        return await self.remove_all(users, id=user_id) > 0

    async def find_identity(self, identity_id: str) -> Identity | None:
        """Return one identity, or `None`."""
        row = await self.find_one(identities, id=identity_id)
        return _identity(row) if row else None

    async def find_identity_by_value(self, type: IdentityType, value: str) -> Identity | None:
        """Return the identity with a compared value, or `None`."""
        row = await self.find_one(identities, type=type.value, value=value)
        return _identity(row) if row else None

    async def identities_of(self, user_id: str) -> list[Identity]:
        """Return the identities of a user, the oldest first."""
        return [_identity(row) for row in await self.ask_rows(_IDENTITIES, user_id=user_id)]

    async def identities_of_many(self, user_ids: Iterable[str]) -> dict[str, list[Identity]]:
        """Return the identities of several users by user id, the oldest first: one query."""
        found: dict[str, list[Identity]] = {user_id: [] for user_id in user_ids}
        if found:
            order = (identities.c.created_at, identities.c.id)
            for row in await self.rows(
                self.select(identities, identities.c.user_id.in_(list(found))).order_by(*order)
            ):
                found[row["user_id"]].append(_identity(row))
        return found

    async def organization_codes_of_many(self, user_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the codes of the organizations that several users are members of, by user id: one query."""
        found: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
        if found:
            table = memberships
            statement = select(table.c.user_id, table.c.organization_code).where(
                self.within(table), table.c.user_id.in_(list(found))
            )
            for row in await self.rows(statement.order_by(table.c.joined_at, table.c.organization_code)):
                found[row["user_id"]].append(row["organization_code"])
        return found

    async def add_identity(self, identity: Identity) -> bool:
        """Insert one identity; tell whether it could be: somebody may have its value.

        Of two transactions that insert one value, the second waits for the first and is then told `False`.
        """
        return await self.insert_if_free(identities, **_identity_columns(identity))

    async def replace_identity(self, identity: Identity) -> None:
        """Write every member of an identity that exists, but when it was created."""
        values = _identity_columns(identity)
        del values["created_at"]
        await self.change(identities, {"id": identity.id}, **values)

    async def remove_identity(self, identity_id: str) -> bool:
        """Delete one identity; tell whether it was there."""
        return await self.remove_all(identities, id=identity_id) > 0

    async def remove_traces(self, user_id: str, addresses: Collection[str]) -> None:
        """Delete what else the environment keeps of a user: invitations and messages to the addresses."""
        sent_to = list(addresses)
        invited = or_(invitations.c.email.in_(sent_to), invitations.c.accepted_by == user_id)
        await self.run(self.delete(invitations, invited))
        await self.run(self.delete(messages, messages.c.recipient.in_(sent_to)))

    async def scopes_of_many(self, user_ids: Sequence[str]) -> dict[str, list[FoundScope]]:
        """Return the API scopes of several users in their organizations, by user id: two queries."""
        found: dict[str, set[tuple[str, str, str]]] = {user_id: set() for user_id in user_ids}
        for query in self._conditions.scopes(list(user_ids)) if found else ():
            for user_id, *scope in await self.connection.execute(query):
                found[user_id].add((scope[0], scope[1], scope[2]))
        return {user_id: [FoundScope(*each) for each in sorted(scopes)] for user_id, scopes in found.items()}

    @cached_property
    def _conditions(self) -> UserConditions:
        return UserConditions(self.environment_id, self.connection.dialect.name)


def _columns(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in _USER}


def user_of(row: Row) -> User:
    """Return the user of a row of its table."""
    return User(**{name: row[name] for name in _USER})


def _identity_columns(identity: Identity) -> dict[str, Any]:
    values = {name: getattr(identity, name) for name in _IDENTITY}
    values["type"] = identity.type.value
    return values


def _identity(row: Row) -> Identity:
    values = {name: row[name] for name in _IDENTITY}
    values["type"] = IdentityType(row["type"])
    return Identity(**values)
