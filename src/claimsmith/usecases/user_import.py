"""Import users of another system: one record each, in the form of the platform's NDJSON files.

Each record is one transaction: it is imported whole, or not at all. Whoever is there already is left alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from claimsmith.domain.errors import DomainError, InvalidInput
from claimsmith.domain.identities import identity_value
from claimsmith.domain.organizations import Organization
from claimsmith.domain.users import IdentityType
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.feature_flags import put_user_value
from claimsmith.usecases.identities import NewIdentity, put_identity
from claimsmith.usecases.memberships import join
from claimsmith.usecases.passwords import imported
from claimsmith.usecases.properties import put_user_values
from claimsmith.usecases.user_records import put_user

MEMBERS = frozenset(
    {
        "id",
        "first_name",
        "last_name",
        "picture",
        "is_suspended",
        "password",
        "identities",
        "properties",
        "feature_flags",
        "organizations",
    }
)
PASSWORD_PARAMETERS = (
    "salt",
    "salt_position",
    "salt_format",
    "iterations",
    "variant",
    "signer_key",
    "salt_separator",
    "rounds",
    "mem_cost",
)


@dataclass(frozen=True, slots=True)
class ImportedUser:
    """Hold what became of one record.

    `there` had somebody with the same id or identity already. `notes` name what was left out of a user who
    was imported; of one who was not they hold the reason.
    """

    outcome: Literal["imported", "there", "refused"]
    user_id: str | None = None
    notes: tuple[str, ...] = ()


async def import_user(context: Context, record: Mapping[str, Any]) -> ImportedUser:
    """Import one user with identities, the password's hash, properties, flags and memberships.

    Never raises for what is in the record: that becomes the outcome. A user whose password cannot be verified
    here is imported without it, and sets one at the next sign-in.
    """
    try:
        _check_shape(record)
        async with context.changing() as work:
            known = await _find(work, record)
            if known is not None:
                return ImportedUser("there", known)
            notes: list[str] = []
            user_id = await _put(context, work, record, notes)
            work.record("user", user_id, "created")
    except DomainError as error:
        return ImportedUser("refused", notes=(error.message,))
    return ImportedUser("imported", user_id, tuple(notes))


def _check_shape(record: object) -> None:
    if not isinstance(record, Mapping):
        raise InvalidInput("A record must be a JSON object.")
    text = json.dumps(record, ensure_ascii=False)
    if "\\u0000" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise InvalidInput("A text of the record holds a NUL character or half of a surrogate pair.")
    for name, value in record.items():
        if name not in MEMBERS:
            raise InvalidInput(f"A record has no member {name!r}; it may have {', '.join(sorted(MEMBERS))}.")
        if name in ("identities", "properties", "feature_flags", "organizations"):
            if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
                raise InvalidInput(f"{name} must be a list of objects.", field=name)
        elif name == "password":
            if value is not None and not isinstance(value, Mapping):
                raise InvalidInput("password must be an object.", field=name)
        elif name != "is_suspended" and value is not None and not isinstance(value, str):
            raise InvalidInput(f"{name} must be a text.", field=name)


def _identities(record: Mapping[str, Any], notes: list[str]) -> list[NewIdentity]:
    found = []
    for each in record.get("identities", ()):
        kind, text = str(each.get("type")), each.get("identity")
        if kind not in [known.value for known in IdentityType]:
            notes.append(f"An identity of the type {kind!r} was left out.")
        else:
            found.append(NewIdentity(IdentityType(kind), str(text or ""), each.get("is_verified") is True))
    return found


async def _find(work: Work, record: Mapping[str, Any]) -> str | None:
    if record.get("id"):
        user = await work.users.find_by_provided_id(record["id"])
        if user is not None:
            return user.id
    for each in _identities(record, []):
        user = await work.users.find_by_identity(each.type, identity_value(each.type, each.text)[0])
        if user is not None:
            return user.id
    return None


async def _put(context: Context, work: Work, record: Mapping[str, Any], notes: list[str]) -> str:
    members = {name: record.get(name) for name in ("first_name", "last_name", "picture")}
    suspended = record.get("is_suspended") or False
    user = await put_user(work, {**members, "provided_id": record.get("id"), "is_suspended": suspended})
    for identity in _identities(record, notes):
        await put_identity(work, user.id, identity)
    if record.get("password"):
        await _put_password(context, work, user.id, record["password"], notes)
    values = {str(each.get("key")): each.get("value") for each in record.get("properties", ())}
    for key, value in values.items():
        try:
            await put_user_values(work, user.id, {key: value})
        except DomainError as error:
            notes.append(error.message)
    for each in record.get("feature_flags", ()):
        try:
            await put_user_value(work, user.id, str(each.get("key")), each.get("value"))
        except DomainError as error:
            notes.append(error.message)
    await _join(work, user.id, record.get("organizations", ()), notes)
    return user.id


async def _put_password(
    context: Context, work: Work, user_id: str, password: Mapping[str, Any], notes: list[str]
) -> None:
    given = {name: password[name] for name in PASSWORD_PARAMETERS if password.get(name) is not None}
    method = str(password.get("hashing_algorithm") or "bcrypt")
    try:
        made = imported(context, user_id, method, str(password.get("hashed_password") or ""), given)
    except InvalidInput as error:
        notes.append(f"The password was left out: {error.message}")
        return
    await work.passwords.put(made)


async def _join(
    work: Work, user_id: str, organizations: Sequence[Mapping[str, Any]], notes: list[str]
) -> None:
    for each in organizations:
        organization = await _organization(work, str(each.get("external_id") or ""), notes)
        if organization is None:
            continue
        roles = [await work.roles.find_by_key(str(key)) for key in each.get("roles") or ()]
        await join(
            work,
            user_id,
            organization.code,
            role_ids=[role.id for role in roles if role] if each.get("roles") else None,
        )
        permissions = [await work.permissions.find_by_key(str(key)) for key in each.get("permissions") or ()]
        held = [permission.id for permission in permissions if permission]
        await work.memberships.give("permission", user_id, organization.code, held)
        scopes = [await _scope_id(work, scope) for scope in each.get("scopes") or ()]
        given = [scope_id for scope_id in scopes if scope_id]
        await work.memberships.give("scope", user_id, organization.code, given)
        unknown = [*roles, *permissions, *scopes].count(None)
        if unknown:
            notes.append(
                f"{unknown} unknown roles, permissions or scopes in {organization.name} were left out."
            )
    if not organizations:
        policies = await work.policies.all()
        default = await work.organizations.find_default()
        if policies.access.is_default_organization_joined and default is not None:
            await join(work, user_id, default.code)


async def _organization(work: Work, external_id: str, notes: list[str]) -> Organization | None:
    found = await work.organizations.find_by_external_id(external_id) if external_id else None
    if found is None:
        found = await work.organizations.find_default()
        told = found.name if found else "no organization"
        notes.append(f"There is no organization with the external_id {external_id!r}; joined {told} instead.")
    return found


async def _scope_id(work: Work, scope: Any) -> str | None:
    if not isinstance(scope, Mapping):
        return None
    api = await work.apis.find_by_audience(str(scope.get("audience")))
    found = await work.apis.find_scope_by_key(api.id, str(scope.get("scope"))) if api else None
    return found.id if found else None
