"""Read everything about one user that tokens depend on, in one statement.

One statement is one consistent look, and one round trip: it runs for each token of a user.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

from claimsmith.domain.feature_flags import FlagType, parse_value
from claimsmith.domain.grants import Grant
from claimsmith.domain.organizations import Organization
from claimsmith.domain.subjects import FoundGrant, SubjectView
from claimsmith.domain.users import Identity, IdentityType, User
from claimsmith.storage.questions import Answer
from claimsmith.storage.store import Store
from claimsmith.storage.subject_plans import held_plans_of
from claimsmith.storage.subject_rows import (
    GRANT,
    IDENTITY,
    OF_GRANT,
    OF_USER,
    ORGANIZATION,
    USER,
    Rows,
)

Made = TypeVar("Made")
_Row = Sequence[Any]
_NONE: Sequence[_Row] = ()
_PLANS = ("agreement", "version")


class SubjectStore(Store):
    """Read the subjects of one environment."""

    async def read(self, user_id: str, organization_code: str | None) -> SubjectView | None:
        """Return a user within an organization, or `None` when there is no such user.

        An organization that does not exist, or is none of the user's, leaves `is_member` false.
        """
        values = {"user_id": user_id, "organization_code": organization_code}
        return subject_in(await self.ask(OF_USER.question, **values), organization_code)


def subject_in(answer: Answer, organization_code: str | None) -> SubjectView | None:
    """Return the subject that the rows of `OF_USER` describe, or `None`."""
    return _OF_USER.subject(_by_kind(answer), organization_code)


def grant_in(answer: Answer) -> FoundGrant | None:
    """Return the grant and the subject that the rows of `OF_GRANT` or `OF_CODE` describe, or `None`."""
    found = _by_kind(answer)
    if "grant" not in found:
        return None
    grant = _OF_GRANT.grant(found["grant"][0])
    return FoundGrant(grant, _OF_GRANT.subject(found, grant.organization_code))


def _by_kind(answer: Answer) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in answer:
        found.setdefault(row[0], []).append(row)
    return found


class _Maker(Generic[Made]):
    """Make a dataclass of a row; `turns` say what a column has to be made into first."""

    def __init__(
        self, make: Callable[..., Made], places: Sequence[tuple[str, int]], **turns: Callable[[Any], Any]
    ) -> None:
        self._make = make
        self._names = tuple(name for name, _ in places)
        self._members = itemgetter(*(position for _, position in places))
        self._turns = tuple(turns.items())

    def of(self, row: _Row) -> Made:
        members = dict(zip(self._names, self._members(row), strict=True))
        for name, turn in self._turns:
            members[name] = turn(members[name])
        return self._make(**members)


class _Reader:
    """Make of rows what they stand for."""

    def __init__(self, rows: Rows) -> None:
        self._user = _Maker(User, rows.places(USER))
        self._identity = _Maker(Identity, rows.places(IDENTITY), type=IdentityType)
        self._organization = _Maker(Organization, rows.places(ORGANIZATION), allowed_domains=tuple)
        self._text, self._json = rows.text, rows.json
        self._labels = rows.labels

    def subject(self, found: dict[str, list[_Row]], organization_code: str | None) -> SubjectView | None:
        if "user" not in found:
            return None
        text, json = self._text, self._json

        def texts(kind: str) -> frozenset[str]:
            return frozenset(row[text] for row in found.get(kind, _NONE))

        def values(kind: str) -> dict[str, str | bool]:
            return {row[text]: row[json] for row in found.get(kind, _NONE) if row[json] is not None}

        def flags(kind: str) -> dict[str, object]:
            return {
                row[text]: parse_value(FlagType(row[text + 2]), row[text + 1], field="value")
                for row in found.get(kind, _NONE)
            }

        held = held_plans_of({kind: self._labelled(found[kind]) for kind in _PLANS if kind in found})
        of_user = {row[text]: row[text + 1] for row in found.get("membership", _NONE)}
        return SubjectView(
            user=self._user.of(found["user"][0]),
            identities=tuple(sorted(map(self._identity.of, found.get("identity", _NONE)), key=_age)),
            organization=next(map(self._organization.of, found.get("organization", _NONE)), None),
            is_member=organization_code in of_user,
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

    def _labelled(self, rows: Sequence[_Row]) -> list[dict[str, Any]]:
        return [dict(zip(self._labels, row, strict=True)) for row in rows]


class _GrantReader(_Reader):
    """Make of rows what they stand for when they begin with a grant."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._grant = _Maker(Grant, rows.places(GRANT), scopes=tuple, audiences=tuple, methods=tuple)

    def grant(self, row: _Row) -> Grant:
        return self._grant.of(row)


def _age(identity: Identity) -> tuple[float, str]:
    return (identity.created_at.timestamp() if identity.created_at else 0.0, identity.id)


_OF_USER = _Reader(OF_USER)
_OF_GRANT = _GrantReader(OF_GRANT)
