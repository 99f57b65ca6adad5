"""Turn what users are looked for by into conditions of a query."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Table,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)

from claimsmith.domain.users import IdentityType
from claimsmith.storage.columns import Json
from claimsmith.storage.tables import (
    api_scopes,
    identities,
    membership_roles,
    membership_scopes,
    memberships,
    properties,
    property_values,
    role_scopes,
    users,
)

_LIKE_SPECIAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_", "*": "%"})


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Hold which users a list is to have; what is `None` does not narrow it.

    `identities` are compared values by type. `text` is looked for in names and email addresses. Of each key
    of `properties` a user must have one value, of `scopes` one API scope in some organization. In texts and
    values `*` stands for anything.
    """

    ids: Collection[str] | None = None
    identities: Mapping[IdentityType, Collection[str]] | None = None
    has_organization: bool | None = None
    active_since: datetime | None = None
    text: str | None = None
    properties: Mapping[str, Sequence[str]] | None = None
    scopes: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class FoundScope:
    """Hold one API scope that a user has in one organization."""

    organization_code: str
    key: str
    api_id: str


class UserConditions:
    """Make the conditions of one environment; `dialect` is the name of the database's."""

    def __init__(self, environment_id: str, dialect: str) -> None:
        """Bind every condition to one environment."""
        self._environment_id = environment_id
        self._dialect = dialect

    def of(self, narrowing: UserFilter) -> list[ColumnElement[bool]]:
        """Return the conditions that users must meet."""
        conditions: list[ColumnElement[bool]] = []
        if narrowing.ids is not None:
            conditions.append(users.c.id.in_(list(narrowing.ids)))
        for type, values in (narrowing.identities or {}).items():
            of_type = and_(identities.c.type == type.value, identities.c.value.in_(list(values)))
            conditions.append(self._related(identities, of_type))
        if narrowing.has_organization is not None:
            related = self._related(memberships)
            conditions.append(related if narrowing.has_organization else ~related)
        if narrowing.active_since is not None:
            conditions.append(users.c.last_signed_in_at >= narrowing.active_since)
        if narrowing.text is not None:
            conditions.append(self._matching(narrowing.text))
        for key, alternatives in (narrowing.properties or {}).items():
            conditions.append(self._having(key, alternatives))
        if narrowing.scopes is not None:
            conditions.append(self._permitted(narrowing.scopes))
        return conditions

    def scopes(self, user_ids: Sequence[str]) -> list[Select[Any]]:
        """Return the queries for the API scopes of users: given directly, and by roles."""
        shown = (api_scopes.c.key, api_scopes.c.api_id)
        return [
            self._direct(membership_scopes.c.user_id, membership_scopes.c.organization_code, *shown).where(
                membership_scopes.c.user_id.in_(user_ids)
            ),
            self._by_role(membership_roles.c.user_id, membership_roles.c.organization_code, *shown).where(
                membership_roles.c.user_id.in_(user_ids)
            ),
        ]

    def _within(self, table: Table) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = table.c.environment_id == self._environment_id
        return condition

    def _related(self, table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        inner = select(table.c.user_id).where(
            self._within(table), self._within(users), table.c.user_id == users.c.id, *conditions
        )
        return exists(inner.correlate(users))

    def _matching(self, text: str) -> ColumnElement[bool]:
        pattern = f"%{_pattern(text)}%"
        full_name = func.coalesce(users.c.first_name, "") + " " + func.coalesce(users.c.last_name, "")
        address = identities.c.value.like(pattern, escape="\\")
        return or_(
            func.lower(full_name).like(pattern, escape="\\"),
            self._related(identities, identities.c.type == IdentityType.EMAIL.value, address),
        )

    def _having(self, key: str, alternatives: Sequence[str]) -> ColumnElement[bool]:
        value = property_values.c.value
        if self._dialect == "postgresql":
            text = func.lower(value.op("#>>", return_type=String())(literal_column("'{}'")))
        else:
            text = func.lower(func.json_extract(value, "$"))
        wanted: list[ColumnElement[bool]] = [text.like(_pattern(each), escape="\\") for each in alternatives]
        for word, switch in (("true", True), ("false", False)):
            if any(each.lower() == word for each in alternatives):
                wanted.append(value == type_coerce(switch, Json))
        inner = (
            select(property_values.c.owner_id)
            .join(properties, _same(property_values, properties, "property_id"))
            .where(
                self._within(property_values),
                self._within(users),
                property_values.c.owner_id == users.c.id,
                properties.c.key == key,
                or_(false(), *wanted),
            )
        )
        return exists(inner.correlate(users))

    def _permitted(self, keys: Sequence[str]) -> ColumnElement[bool]:
        wanted = api_scopes.c.key.in_(list(keys))
        queries = (
            (self._direct(membership_scopes.c.user_id), membership_scopes),
            (self._by_role(membership_roles.c.user_id), membership_roles),
        )
        return or_(
            *(
                exists(
                    query.where(self._within(users), table.c.user_id == users.c.id, wanted).correlate(users)
                )
                for query, table in queries
            )
        )

    def _direct(self, *columns: Any) -> Select[Any]:
        source = membership_scopes.join(api_scopes, _same(membership_scopes, api_scopes, "scope_id"))
        return select(*columns).select_from(source).where(self._within(membership_scopes))

    def _by_role(self, *columns: Any) -> Select[Any]:
        same_role = (membership_roles.c.environment_id == role_scopes.c.environment_id) & (
            membership_roles.c.role_id == role_scopes.c.role_id
        )
        source = membership_roles.join(role_scopes, same_role).join(
            api_scopes, _same(role_scopes, api_scopes, "scope_id")
        )
        return select(*columns).select_from(source).where(self._within(membership_roles))


def _pattern(text: str) -> str:
    return text.lower().translate(_LIKE_SPECIAL)


def _same(linking: Table, target: Table, column: str) -> ColumnElement[bool]:
    return (linking.c.environment_id == target.c.environment_id) & (linking.c[column] == target.c.id)
