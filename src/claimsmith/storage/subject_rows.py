"""Describe everything about one user that tokens depend on as the rows of one statement.

Its rows are of several kinds and share their columns: `t` texts, `b` booleans, `n` numbers, `d` moments, `j`
JSON. The same rows answer for a user whose id is known and for the user of a grant, which comes with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    String,
    bindparam,
    cast,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from claimsmith.storage.columns import Json, UtcDateTime
from claimsmith.storage.questions import OWN_ENVIRONMENT, Question
from claimsmith.storage.tables import (
    agreement_plans,
    agreements,
    billing_customers,
    feature_flag_overrides,
    feature_flags,
    grants,
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

USER = {
    "t": ("id", "first_name", "last_name", "picture", "provided_id", "last_organization_code"),
    "b": ("is_suspended", "is_password_reset_requested", "is_passkey_offer_declined"),
    "n": ("total_sign_ins", "failed_sign_ins"),
    "d": ("last_signed_in_at", "created_at", "updated_at"),
}
IDENTITY = {
    "t": ("id", "user_id", "type", "value", "shown_value", "connection_id"),
    "b": ("is_verified", "is_primary"),
    "n": ("total_sign_ins",),
    "d": ("last_signed_in_at", "created_at"),
}
ORGANIZATION = {
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


GRANT = {
    "t": (
        "id",
        "grant_type",
        "user_id",
        "client_id",
        "organization_code",
        "session_id",
        "nonce",
        "redirect_uri",
        "code_challenge",
        "revoked_because",
    ),
    "n": ("sequence",),
    "d": (
        "requested_at",
        "authenticated_at",
        "code_expires_at",
        "code_used_at",
        "rotated_at",
        "refresh_expires_at",
        "created_at",
        "expires_at",
        "revoked_at",
    ),
    "j": ("scopes", "audiences", "methods"),
}
_TYPES: dict[str, Any] = {"t": String(), "b": Boolean(), "n": BigInteger(), "d": UtcDateTime(), "j": Json}
Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Whose:
    """Say whose rows are wanted, and from which grant that has to be known, if it has to."""

    user: Any
    organization: Any
    grant: Any = None


class Rows:
    """Hold a statement that asks for rows of several kinds, and where their columns are."""

    def __init__(self, whose: Whose, *kinds: Columns) -> None:
        """Make the statement; `kinds` are those beside the user's own whose columns it has to hold."""
        held = (USER, IDENTITY, ORGANIZATION, _FLAG, *kinds)
        self._counts = {letter: max(len(kind.get(letter, ())) for kind in held) for letter in _TYPES}
        self._whose = whose
        self._first: dict[str, int] = {}
        position = 1
        for letter, count in self._counts.items():
            self._first[letter] = position
            position += count
        numbered = (f"{letter}{n}" for letter, count in self._counts.items() for n in range(count))
        self.labels = ("kind", *numbered)
        self.text, self.json = self._first["t"], self._first["j"]
        own = () if whose.grant is None else (self._part("grant", _whole(whose.grant, GRANT), ()),)
        self.question = Question(union_all(*own, *self._subject_parts()))

    def places(self, columns: Mapping[str, Sequence[str]]) -> tuple[tuple[str, int], ...]:
        """Return the columns of a kind by name, each with its position in a row."""
        return tuple(
            (name, self._first[letter] + position)
            for letter, names in columns.items()
            for position, name in enumerate(names)
        )

    def _part(self, kind: str, columns: Columns, sources: tuple[Any, ...], *conditions: Any) -> Any:
        """Select rows of one kind; `columns` are expressions by the letter of the columns they fill."""
        chosen = [literal_column(f"'{kind}'", String()).label("kind")]
        for letter, count in self._counts.items():
            given = list(columns.get(letter, ()))
            for position in range(count):
                value = given[position] if position < len(given) else cast(null(), _TYPES[letter])
                chosen.append(value.label(f"{letter}{position}"))
        grant = self._whose.grant
        read = sources if grant is None else (*sources, grant)
        return select(*chosen).select_from(*read).where(*conditions)

    def _subject_parts(self) -> Iterable[Any]:
        user, organization = self._whose.user, self._whose.organization
        of_user = (_within(users), users.c.id == user)
        yield self._part("user", _whole(users, USER), (users,), *of_user)
        of_user = (_within(identities), identities.c.user_id == user)
        yield self._part("identity", _whole(identities, IDENTITY), (identities,), *of_user)
        of_organization = (_within(organizations), organizations.c.code == organization)
        whole = _whole(organizations, ORGANIZATION)
        yield self._part("organization", whole, (organizations,), *of_organization)
        joined = _joined(memberships, organizations, "organization_code", "code")
        named = {"t": (organizations.c.code, organizations.c.name)}
        of_user = (_within(memberships), memberships.c.user_id == user)
        yield self._part("membership", named, (joined,), *of_user)
        yield self._of_membership("role", membership_roles, "role_id")
        yield self._of_membership("permission", membership_permissions, "permission_id")
        yield self._of_membership("scope", membership_scopes, "scope_id")
        yield self._values_of("user_value", user)
        yield self._values_of("organization_value", organization)
        yield self._overrides_of("user_flag", "usr", user)
        yield self._overrides_of("organization_flag", "org", organization)
        yield self._of_customers("agreement", _AGREEMENT)
        yield self._of_customers("version", _VERSION)

    def _of_membership(self, kind: str, table: Any, column: str) -> Any:
        return self._part(
            kind,
            {"t": [table.c[column]]},
            (table,),
            _within(table),
            table.c.user_id == self._whose.user,
            table.c.organization_code == self._whose.organization,
        )

    def _values_of(self, kind: str, owner: Any) -> Any:
        return self._part(
            kind,
            {"t": [properties.c.key], "j": [property_values.c.value]},
            (_joined(property_values, properties, "property_id", "id"),),
            _within(property_values),
            property_values.c.owner_id == owner,
        )

    def _overrides_of(self, kind: str, level: str, owner: Any) -> Any:
        table = feature_flag_overrides
        return self._part(
            kind,
            {"t": [table.c.flag_key, table.c.value, feature_flags.c.type]},
            (_joined(table, feature_flags, "flag_key", "key"),),
            _within(table),
            table.c.level == literal_column(f"'{level}'", String()),
            table.c.owner_id == owner,
        )

    def _of_customers(self, kind: str, columns: Columns) -> Any:
        """Select rows of the agreements in force: the user's own, and those of the organization."""
        source = _joined(billing_customers, agreements, "id", "customer_id")
        return self._part(
            kind,
            columns,
            (_with_versions(source) if kind == "version" else source,),
            _within(billing_customers),
            or_(
                billing_customers.c.user_id == self._whose.user,
                billing_customers.c.organization_code == self._whose.organization,
            ),
            agreements.c.is_live.is_(True),
        )


_AGREEMENT: Columns = {
    "t": (agreements.c.id, agreements.c.customer_id, billing_customers.c.user_id),
    "j": (agreements.c.state,),
}
_VERSION: Columns = {
    "t": (plan_versions.c.plan_key, plan_versions.c.name, plan_versions.c.group_id),
    "n": (plan_versions.c.number,),
    "d": (plan_versions.c.published_at,),
    "j": (plan_versions.c.contents,),
}
_FLAG: Columns = {"t": ("flag_key", "value", "type")}


def _whole(table: Any, names: Mapping[str, Iterable[str]]) -> dict[str, list[Any]]:
    return {letter: [table.c[name] for name in wanted] for letter, wanted in names.items()}


def _within(table: Any) -> Any:
    return table.c.environment_id == OWN_ENVIRONMENT


def _joined(left: Any, right: Any, column: str, target: str) -> Any:
    same = left.c.environment_id == right.c.environment_id
    return left.join(right, same & (left.c[column] == right.c[target]))


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


OF_USER = Rows(
    Whose(bindparam("user_id", type_=String()), bindparam("organization_code", type_=String())),
)
"""The rows of a user within an organization: `user_id`, `organization_code`."""


def _of_grant(condition: Any) -> Rows:
    """Find the grant once, whatever depends on it."""
    columns = [grants.c[name] for names in GRANT.values() for name in names]
    found = select(*columns).where(_within(grants), condition).cte("found")
    return Rows(Whose(found.c.user_id, found.c.organization_code, found), GRANT)


OF_GRANT = _of_grant(grants.c.id == bindparam("id", type_=grants.c.id.type))
"""A grant, and the rows of its user within its organization: `id`."""
OF_CODE = _of_grant(grants.c.code_hash == bindparam("code_hash", type_=grants.c.code_hash.type))
"""The same of the grant whose authorization code has a hash: `code_hash`."""
