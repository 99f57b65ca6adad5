"""Read everything about one user that tokens depend on, in one statement.

One statement is one consistent look, and one round trip: it runs for each token of a user. Its rows are of
several kinds and share their columns: `t` texts, `b` booleans, `n` numbers, `d` moments, `j` JSON.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Boolean,
    Integer,
    RowMapping,
    String,
    bindparam,
    cast,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from claimsmith.domain.feature_flags import FlagType, parse_value
from claimsmith.domain.organizations import Organization
from claimsmith.domain.subjects import SubjectView
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.columns import Json, UtcDateTime
from claimsmith.storage.store import Store
from claimsmith.storage.subject_plans import held_plans_of
from claimsmith.storage.tables import (
    agreement_plans,
    agreements,
    billing_customers,
    feature_flag_overrides,
    feature_flags,
    identities,
    membership_permissions,
    membership_roles,
    membership_scopes,
    memberships,
    organizations,
    plan_versions,
    properties,
    property_values,
    users,
)

_SHAPE: dict[str, tuple[Any, int]] = {
    "t": (String(), 6),
    "b": (Boolean(), 7),
    "n": (Integer(), 2),
    "d": (UtcDateTime(), 3),
    "j": (Json, 2),
}
_ENVIRONMENT = bindparam("environment_id", type_=String())
_USER = bindparam("user_id", type_=String())
_ORGANIZATION = bindparam("organization_code", type_=String())

_USER_COLUMNS = {
    "t": ("id", "first_name", "last_name", "picture", "provided_id", "last_organization_code"),
    "b": ("is_suspended", "is_password_reset_requested", "is_passkey_offer_declined"),
    "n": ("total_sign_ins", "failed_sign_ins"),
    "d": ("last_signed_in_at", "created_at", "updated_at"),
}
_IDENTITY_COLUMNS = {
    "t": ("id", "user_id", "type", "value", "shown_value", "connection_id"),
    "b": ("is_verified", "is_primary"),
    "n": ("total_sign_ins",),
    "d": ("last_signed_in_at", "created_at"),
}
_ORGANIZATION_COLUMNS = {
    "t": ("code", "name", "handle", "external_id"),
    "b": (
        "is_default",
        "is_suspended",
        "is_allow_registrations",
        "is_auto_membership_enabled",
        "is_auto_join_domain_list",
        "is_enable_advanced_orgs",
        "is_enforce_mfa",
    ),
    "d": ("suspended_at", "created_at"),
    "j": ("allowed_domains", "branding"),
}


def _part(kind: str, columns: Mapping[str, Sequence[Any]], source: Any, *conditions: Any) -> Any:
    """Select rows of one kind; `columns` are expressions by the letter of the columns they fill."""
    chosen = [literal_column(f"'{kind}'", String()).label("kind")]
    for letter, (column_type, count) in _SHAPE.items():
        given = list(columns.get(letter, ()))
        for position in range(count):
            value = given[position] if position < len(given) else cast(null(), column_type)
            chosen.append(value.label(f"{letter}{position}"))
    return select(*chosen).select_from(source).where(*conditions)


def _whole(table: Any, names: Mapping[str, Iterable[str]]) -> dict[str, list[Any]]:
    return {letter: [table.c[name] for name in wanted] for letter, wanted in names.items()}


def _within(table: Any) -> Any:
    return table.c.environment_id == _ENVIRONMENT


def _joined(left: Any, right: Any, column: str, target: str) -> Any:
    same = left.c.environment_id == right.c.environment_id
    return left.join(right, same & (left.c[column] == right.c[target]))


def _of_membership(kind: str, table: Any, column: str) -> Any:
    return _part(
        kind,
        {"t": [table.c[column]]},
        table,
        _within(table),
        table.c.user_id == _USER,
        table.c.organization_code == _ORGANIZATION,
    )


def _values_of(kind: str, owner: Any) -> Any:
    return _part(
        kind,
        {"t": [properties.c.key], "j": [property_values.c.value]},
        _joined(property_values, properties, "property_id", "id"),
        _within(property_values),
        property_values.c.owner_id == owner,
    )


def _overrides_of(kind: str, level: str, owner: Any) -> Any:
    table = feature_flag_overrides
    return _part(
        kind,
        {"t": [table.c.flag_key, table.c.value, feature_flags.c.type]},
        _joined(table, feature_flags, "flag_key", "key"),
        _within(table),
        table.c.level == literal_column(f"'{level}'", String()),
        table.c.owner_id == owner,
    )


def _of_customers(kind: str, columns: Mapping[str, Sequence[Any]], more: Any = None) -> Any:
    """Select rows of the agreements in force: the user's own, and those of the organization."""
    source = _joined(billing_customers, agreements, "id", "customer_id")
    return _part(
        kind,
        columns,
        source if more is None else more(source),
        _within(billing_customers),
        or_(
            billing_customers.c.user_id == _USER,
            billing_customers.c.organization_code == _ORGANIZATION,
        ),
        agreements.c.is_live.is_(True),
    )


def _with_versions(source: Any) -> Any:
    named = (agreement_plans.c.environment_id == agreements.c.environment_id) & (
        agreement_plans.c.agreement_id == agreements.c.id
    )
    version = (
        (plan_versions.c.environment_id == agreement_plans.c.environment_id)
        & (plan_versions.c.plan_key == agreement_plans.c.plan_key)
        & (plan_versions.c.number == agreement_plans.c.number)
    )
    return source.join(agreement_plans, named).join(plan_versions, version)


_STATEMENT = union_all(
    _part("user", _whole(users, _USER_COLUMNS), users, _within(users), users.c.id == _USER),
    _part(
        "identity",
        _whole(identities, _IDENTITY_COLUMNS),
        identities,
        _within(identities),
        identities.c.user_id == _USER,
    ),
    _part(
        "organization",
        _whole(organizations, _ORGANIZATION_COLUMNS),
        organizations,
        _within(organizations),
        organizations.c.code == _ORGANIZATION,
    ),
    _part(
        "membership",
        {"t": [organizations.c.code, organizations.c.name]},
        _joined(memberships, organizations, "organization_code", "code"),
        _within(memberships),
        memberships.c.user_id == _USER,
    ),
    _of_membership("role", membership_roles, "role_id"),
    _of_membership("permission", membership_permissions, "permission_id"),
    _of_membership("scope", membership_scopes, "scope_id"),
    _values_of("user_value", _USER),
    _values_of("organization_value", _ORGANIZATION),
    _overrides_of("user_flag", "usr", _USER),
    _overrides_of("organization_flag", "org", _ORGANIZATION),
    _of_customers(
        "agreement",
        {"t": [agreements.c.id, agreements.c.customer_id, billing_customers.c.user_id]}
        | {"j": [agreements.c.state]},
    ),
    _of_customers(
        "version",
        {"t": [plan_versions.c.plan_key, plan_versions.c.name, plan_versions.c.group_id]}
        | {"n": [plan_versions.c.number], "d": [plan_versions.c.published_at]}
        | {"j": [plan_versions.c.contents]},
        _with_versions,
    ),
)


class SubjectStore(Store):
    """Read the subjects of one environment."""

    async def read(self, user_id: str, organization_code: str | None) -> SubjectView | None:
        """Return a user within an organization, or `None` when there is no such user.

        An organization that does not exist, or is none of the user's, leaves `is_member` false.
        """
        values = {
            "environment_id": self.environment_id,
            "user_id": user_id,
            "organization_code": organization_code,
        }
        found: dict[str, list[RowMapping]] = {}
        for row in (await self.connection.execute(_STATEMENT, values)).mappings():
            found.setdefault(row["kind"], []).append(row)
        if "user" not in found:
            return None
        return _subject(found, organization_code)


def _subject(found: dict[str, list[RowMapping]], organization_code: str | None) -> SubjectView:
    def texts(kind: str) -> frozenset[str]:
        return frozenset(row["t0"] for row in found.get(kind, ()))

    def values(kind: str) -> dict[str, str | bool]:
        return {row["t0"]: row["j0"] for row in found.get(kind, ()) if row["j0"] is not None}

    def flags(kind: str) -> dict[str, object]:
        rows = found.get(kind, ())
        return {row["t0"]: parse_value(FlagType(row["t2"]), row["t1"], field="value") for row in rows}

    held = held_plans_of(found)
    of_user = {row["t0"]: row["t1"] for row in found.get("membership", ())}
    is_member = organization_code in of_user
    return SubjectView(
        user=User(**_members(found["user"][0], _USER_COLUMNS)),
        identities=tuple(sorted(map(_identity, found.get("identity", ())), key=_age)),
        organization=next(map(_organization, found.get("organization", ())), None),
        is_member=is_member,
        role_ids=texts("role"),
        permission_ids=texts("permission"),
        scope_ids=texts("scope"),
        organizations=dict(sorted(of_user.items())),
        user_values=values("user_value"),
        organization_values=values("organization_value"),
        user_flags=flags("user_flag"),
        organization_flags=flags("organization_flag"),
        agreements=held["user"],
        organization_agreements=held["organization"],
    )


def _members(row: RowMapping, names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        name: row[f"{letter}{position}"]
        for letter, wanted in names.items()
        for position, name in enumerate(wanted)
    }


def _identity(row: RowMapping) -> Identity:
    identity = Identity(**_members(row, _IDENTITY_COLUMNS))
    return replace(identity, type=IdentityType(identity.type))


def _age(identity: Identity) -> tuple[float, str]:
    return (identity.created_at.timestamp() if identity.created_at else 0.0, identity.id)


def _organization(row: RowMapping) -> Organization:
    members = _members(row, _ORGANIZATION_COLUMNS)
    members["allowed_domains"] = tuple(members["allowed_domains"])
    return Organization(**members)
