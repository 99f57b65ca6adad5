"""Create, read, change, list and delete organizations."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claimsmith.crypto.secrets import random_hex
from claimsmith.domain.applications import check_lifetime
from claimsmith.domain.branding import LARGEST_RADIUS, LOGOS, RADII, is_radius
from claimsmith.domain.email_domains import DOMAIN, check_domains
from claimsmith.domain.errors import AlreadyExists, InvalidInput, NotFound, NotPermitted
from claimsmith.domain.feature_flags import OverrideLevel
from claimsmith.domain.gates import ORGANIZATION_POLICIES
from claimsmith.domain.keys_and_names import check_name, check_switch, check_text, check_url
from claimsmith.domain.organizations import Organization, SessionSettings
from claimsmith.domain.paging import Page
from claimsmith.storage.work import Work
from claimsmith.usecases import sso_sessions
from claimsmith.usecases.context import Context
from claimsmith.usecases.feature_flags import put_organization_value
from claimsmith.usecases.gates import require

COLOURS = frozenset(
    f"{part}{suffix}"
    for part in ("background_color", "button_color", "button_text_color", "link_color")
    for suffix in ("", "_dark")
)
THEMES = ("light", "dark", "user_preference")
SWITCHES = frozenset(
    [
        "is_allow_registrations",
        "is_auto_membership_enabled",
        "is_auto_join_domain_list",
        "is_enable_advanced_orgs",
        "is_enforce_mfa",
    ]
)
SESSION_SWITCHES = frozenset({"is_use_org_sso_session_policy", "is_use_org_authenticated_session_lifetime"})
PERSISTENCES = ("persistent", "non_persistent")
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", re.ASCII)
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?i:{DOMAIN.pattern})", re.ASCII)


async def seed_default_organization(work: Work) -> None:
    """Give a new environment its default organization."""
    await work.organizations.add(
        Organization(code=new_code(), name="Default organization", is_default=True, created_at=work.now)
    )


def new_code() -> str:
    """Return a new organization code: `org_` and 11 hexadecimal characters."""
    return f"org_{random_hex(11)}"


async def create_organization(
    context: Context, *, name: str, members: Mapping[str, Any], feature_flags: Mapping[str, object]
) -> Organization:
    """Create an organization, with values for feature flags if given.

    `members` are those of `change_organization`. Raises `InvalidInput`, `AlreadyExists` for a handle or
    external id that is taken, `NotFound` for an unknown flag, `PlanRequired` for a policy of its own; then
    nothing is created.
    """
    async with context.changing() as work:
        return await add_organization(context, work, name=name, members=members, feature_flags=feature_flags)


async def add_organization(
    context: Context,
    work: Work,
    *,
    name: str,
    members: Mapping[str, Any],
    feature_flags: Mapping[str, object],
) -> Organization:
    """Do what `create_organization` does inside a changing transaction that does more."""
    organization = Organization(code=new_code(), name=check_name(name, "name"), created_at=work.now)
    organization = _apply(organization, members)
    if _own_policies(organization):
        await require(context, ORGANIZATION_POLICIES)
    await _check_unique(work, organization)
    await work.organizations.add(organization)
    for key, value in feature_flags.items():
        await put_organization_value(work, organization.code, key, value, field=f"feature_flags.{key}")
    work.record("organization", organization.code, "created")
    return organization


async def get_organization(context: Context, code: str) -> Organization:
    """Return one organization. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_organization(work, code)


async def list_organizations(
    context: Context,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Organization]:
    """Return one page of organizations by name.

    `email_asc` and `email_desc`, which the platform knows, order by name too: organizations have no email.
    """
    if sort not in (None, "name_asc", "name_desc", "email_asc", "email_desc"):
        raise InvalidInput(f"sort is {sort!r}; use name_asc or name_desc.", field="sort", code="SORT_INVALID")
    async with context.reading() as work:
        return await work.organizations.page_by_name(
            page_size=page_size, next_token=next_token, descending=(sort or "").endswith("_desc")
        )


async def change_organization(context: Context, code: str, members: Mapping[str, Any]) -> Organization:
    """Change the given members: name, handle, external_id, look, sender, switches, domains.

    `is_suspended` suspends it, which ends its machines' tokens and its members' grants and sessions, or
    restores it without them. Raises `NotFound`, `InvalidInput`, `AlreadyExists`; `NotPermitted` to suspend
    the default organization; `PlanRequired` for a policy of its own.
    """
    async with context.changing() as work:
        organization = await find_organization(work, code)
        changed = _apply(organization, members)
        if changed.is_suspended and organization.is_default:
            raise NotPermitted(
                "The default organization cannot be suspended.",
                code="DEFAULT_ORGANIZATION_CANNOT_BE_SUSPENDED",
            )
        if changed.is_suspended != organization.is_suspended:
            changed = replace(changed, suspended_at=work.now if changed.is_suspended else None)
            if changed.is_suspended:
                await end_access(work, code, because="organization_suspended")
        if _own_policies(changed) - _own_policies(organization):
            await require(context, ORGANIZATION_POLICIES)
        await _check_unique(work, changed)
        await work.organizations.replace(changed)
        work.record("organization", code, "changed")
    return changed


async def change_sessions(context: Context, code: str, members: Mapping[str, Any]) -> Organization:
    """Change how long sessions of people who sign in to an organization last; later sign-ins follow it.

    Members are those of `SessionSettings`. Raises `NotFound`, `InvalidInput`, `PlanRequired`.
    """
    async with context.changing() as work:
        organization = await find_organization(work, code)
        changed = replace(organization, sessions=_session_settings(organization.sessions, members))
        if _own_policies(changed) - _own_policies(organization):
            await require(context, ORGANIZATION_POLICIES)
        await work.organizations.replace(changed)
        work.record("organization", code, "changed")
    return changed


def _own_policies(organization: Organization) -> set[tuple[str, object]]:
    """Return what an organization has in place of its environment's: second factor, sessions, sender."""
    sessions = organization.sessions
    found: set[tuple[str, object]] = {
        (name, organization.branding[name])
        for name in ("sender_name", "sender_email")
        if name in organization.branding
    }
    if organization.is_enforce_mfa:
        found.add(("is_enforce_mfa", True))
    if sessions.is_use_org_sso_session_policy:
        found.add(("sso_session_persistence_mode", sessions.sso_session_persistence_mode))
    if sessions.is_use_org_authenticated_session_lifetime:
        found.add(("authenticated_session_lifetime", sessions.authenticated_session_lifetime))
    return found


def _session_settings(settings: SessionSettings, members: Mapping[str, Any]) -> SessionSettings:
    values: dict[str, Any] = {}
    for name, value in members.items():
        if name == "sso_session_persistence_mode":
            if value not in PERSISTENCES:
                raise InvalidInput(
                    f"{name} is {value!r}; use persistent or non_persistent.",
                    field=name,
                    code="SSO_SESSION_PERSISTENCE_MODE_INVALID",
                )
            values[name] = value
        elif name == "authenticated_session_lifetime":
            values[name] = check_lifetime(value, name) if value is not None else None
        elif name in SESSION_SWITCHES:
            values[name] = check_switch(value, name)
        else:
            raise InvalidInput(f"The sessions of an organization have no member {name!r}.", field=name)
    changed = replace(settings, **values)
    if changed.is_use_org_authenticated_session_lifetime and changed.authenticated_session_lifetime is None:
        raise InvalidInput(
            "is_use_org_authenticated_session_lifetime needs a lifetime; set authenticated_session_lifetime "
            "in seconds.",
            field="authenticated_session_lifetime",
            code="AUTHENTICATED_SESSION_LIFETIME_REQUIRED",
        )
    return changed


async def clear_handle(context: Context, code: str) -> None:
    """Take the handle of an organization away. Raises `NotFound`."""
    async with context.changing() as work:
        organization = await find_organization(work, code)
        await work.organizations.replace(replace(organization, handle=None))
        work.record("organization", code, "changed")


async def delete_organization(context: Context, code: str) -> None:
    """Delete an organization with its values, overrides and the applications scoped to it.

    Raises `NotFound`; `NotPermitted` for the default organization.
    """
    async with context.changing() as work:
        organization = await find_organization(work, code)
        if organization.is_default:
            raise NotPermitted(
                "The default organization cannot be deleted.", code="DEFAULT_ORGANIZATION_CANNOT_BE_DELETED"
            )
        for application in await work.applications.of_organization(code):
            await work.properties.remove_values_of(application.id)
            work.record("application", application.id, "deleted")
        await work.properties.remove_values_of(code)
        await work.feature_flags.remove_overrides(OverrideLevel.ORG, code)
        await work.consents.remove_in_organization(code)
        await end_access(work, code, because="organization_deleted")
        await work.organizations.remove(code)
        work.record("organization", code, "deleted")


async def end_access(work: Work, code: str, *, because: str, user_id: str | None = None) -> None:
    """End the grants, with all their tokens, and the sessions of an organization, or those of one member."""
    await work.grants.revoke_where(organization_code=code, user_id=user_id, because=because)
    await sso_sessions.end_in_organization(work, code, user_id=user_id)


async def find_organization(work: Work, code: str) -> Organization:
    """Return one organization of the environment. Raises `NotFound`."""
    organization = await work.organizations.find(code)
    if organization is None:
        raise NotFound(f"There is no organization {code!r}.", code="ORGANIZATION_NOT_FOUND")
    return organization


async def _check_unique(work: Work, organization: Organization) -> None:
    for member, find in (
        ("handle", work.organizations.find_by_handle),
        ("external_id", work.organizations.find_by_external_id),
    ):
        value = getattr(organization, member)
        other = await find(value) if value else None
        if other is not None and other.code != organization.code:
            raise AlreadyExists(
                f"The {member} {value!r} belongs to {other.code}.",
                field=member,
                code=f"{member.upper()}_ALREADY_EXISTS",
            )


def _apply(organization: Organization, members: Mapping[str, Any]) -> Organization:
    values: dict[str, Any] = {}
    branding: dict[str, str | None] = dict(organization.branding)
    for member, value in members.items():
        if member == "name":
            values[member] = check_name(value, member)
        elif member in SWITCHES or member == "is_suspended":
            values[member] = check_switch(value, member)
        elif member == "handle":
            values[member] = _matching(_HANDLE, value, member, "lower-case letters, digits and hyphens")
        elif member == "external_id":
            values[member] = check_text(value, member, 255) if value else None
        elif member == "allowed_domains":
            values[member] = check_domains(value, member)
        else:
            branding[member] = _branding(member, value)
    return replace(organization, **values, branding={key: text for key, text in branding.items() if text})


def _branding(member: str, value: Any) -> str | None:
    if member in COLOURS:
        return _matching(_COLOUR, value, member, "a colour such as #1a2b3c")
    if member == "theme_code":
        if value not in (*THEMES, None):
            raise InvalidInput(f"theme_code is {value!r}; use {', '.join(THEMES)}.", field=member)
        return str(value) if value else None
    if member in RADII:
        if value is not None and value != "" and not is_radius(value):
            raise InvalidInput(
                f"{member} is {value!r}; choose a whole number of pixels from 0 to {LARGEST_RADIUS}.",
                field=member,
            )
        return None if value is None else str(value)
    if member in LOGOS:
        return check_url(value, member) if value else None
    if member == "sender_email":
        return _matching(_EMAIL, value, member, "an address such as hello@example.com")
    if member == "sender_name":
        return check_text(value, member, 254) if value else None
    raise InvalidInput(f"An organization has no member {member!r}.", field=member)


def _matching(pattern: re.Pattern[str], value: str | None, field: str, wanted: str) -> str | None:
    if not value:
        return None
    if not pattern.fullmatch(value):
        raise InvalidInput(f"{field} is {value!r}; it must be {wanted}.", field=field)
    return value
