"""Register, read, change and delete applications."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from claimsmith.crypto.secrets import hash_secret, make_client_secret, random_hex
from claimsmith.domain.applications import (
    Application,
    ApplicationType,
    ClientSecret,
    SignInOptions,
    refuse_of_machine,
    refuse_sso_button,
)
from claimsmith.domain.errors import InvalidInput, NotFound, NotPermitted
from claimsmith.domain.gates import ORGANIZATION_MACHINES
from claimsmith.domain.keys_and_names import (
    check_call_url,
    check_language,
    check_name,
    check_redirect_uri,
    check_switch,
    check_url,
)
from claimsmith.domain.paging import Page
from claimsmith.domain.secrets import PlainSecret
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require

LARGEST_NUMBER_OF_URIS = 200
_OPTIONS = frozenset(field.name for field in fields(SignInOptions))
_URLS = frozenset({"login_uri", "homepage_uri", "logo_uri", "policy_uri", "terms_uri"})
_URI_LISTS = frozenset({"redirect_uris", "logout_uris"})
_REMEDY = "leave it out, or register an application of type reg, spa or device"


@dataclass(frozen=True, slots=True)
class CreatedApplication:
    """Hold a new application and its first client secret, which is shown this once."""

    application: Application
    secret: PlainSecret | None


async def create_application(
    context: Context, *, name: str, type: str, organization_code: str | None = None
) -> CreatedApplication:
    """Register an application; back-end and M2M applications get a first client secret.

    `organization_code` makes an organization-scoped M2M application. Raises `InvalidInput` for a bad name,
    an unknown type, or an organization code on another type; `NotFound` for an unknown organization;
    `PlanRequired` for an organization's.
    """
    kind = _application_type(type)
    check_name(name, "name")
    if organization_code and kind is not ApplicationType.M2M:
        raise InvalidInput(
            f"org_code {organization_code!r} was given for an application of type {kind.value!r}; only m2m "
            "applications can belong to an organization.",
            field="org_code",
            code="APPLICATION_TYPE_NOT_SUPPORTED",
        )
    if organization_code:
        await require(context, ORGANIZATION_MACHINES, field="org_code")
    async with context.changing() as work:
        if organization_code and await work.organizations.find(organization_code) is None:
            raise NotFound(f"There is no organization {organization_code!r}.", code="ORGANIZATION_NOT_FOUND")
        application = Application(
            id=random_hex(32),
            name=name,
            type=kind,
            organization_code=organization_code or None,
            created_at=work.now,
            updated_at=work.now,
        )
        await work.applications.add(application)
        secret = None
        if kind.is_confidential:
            secret = make_client_secret()
            await work.client_secrets.add(
                ClientSecret(
                    id=f"secret_{random_hex(32)}",
                    application_id=application.id,
                    name="First secret",
                    hint=secret.reveal()[:4],
                    created_at=work.now,
                ),
                hash_secret(secret.reveal()),
            )
        work.record("application", application.id, "created")
    return CreatedApplication(application, secret)


async def get_application(context: Context, application_id: str) -> Application:
    """Return one application. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_application(work, application_id)


async def list_applications(
    context: Context,
    *,
    sort: str | None = None,
    page_size: int | None = None,
    next_token: str | None = None,
) -> Page[Application]:
    """Return one page of applications, by name (`name_asc`, the default, or `name_desc`)."""
    if sort not in (None, "name_asc", "name_desc"):
        raise InvalidInput(f"sort is {sort!r}; use name_asc or name_desc.", field="sort", code="SORT_INVALID")
    async with context.reading() as work:
        return await work.applications.page_by_name(
            page_size=page_size, next_token=next_token, descending=sort == "name_desc"
        )


async def change_application(
    context: Context, application_id: str, changes: Mapping[str, Any]
) -> Application:
    """Change the given members of an application and leave the others.

    Members: `name`, `language_key`, the addresses `login_uri`, `homepage_uri`, `logo_uri`, `policy_uri` and
    `terms_uri`, `redirect_uris`, `logout_uris`, `backchannel_logout_uri` and the switches of `SignInOptions`;
    `None` takes a text or a list away. An M2M application has none of the last three. Raises `NotFound`,
    `InvalidInput`; `NotPermitted` when access control is switched on for an M2M application or before any
    role was allowed.
    """
    async with context.changing() as work:
        application = await find_application(work, application_id)
        changed = changed_application(application, changes)
        if changed.options.is_access_control_enabled and not application.options.is_access_control_enabled:
            await _check_access_control(work, application)
        changed = replace(changed, updated_at=work.now)
        await work.applications.replace(changed)
        work.record("application", application_id, "changed")
    return changed


async def delete_application(context: Context, application_id: str) -> None:
    """Delete an application with its secrets, profiles, grants and values. Raises `NotFound`."""
    async with context.changing() as work:
        await find_application(work, application_id)
        await work.properties.remove_values_of(application_id)
        await work.applications.remove(application_id)
        work.record("application", application_id, "deleted")


async def find_application(work: Work, application_id: str) -> Application:
    """Return one application of the environment. Raises `NotFound`."""
    application = await work.applications.find(application_id)
    if application is None:
        raise NotFound(f"There is no application {application_id!r}.", code="APPLICATION_NOT_FOUND")
    return application


def _application_type(type: str) -> ApplicationType:
    try:
        return ApplicationType(type)
    except ValueError:
        raise InvalidInput(
            f"type is {type!r}; use reg, spa, m2m or device.", field="type", code="APPLICATION_TYPE_INVALID"
        ) from None


async def _check_access_control(work: Work, application: Application) -> None:
    if application.type is ApplicationType.M2M:
        raise NotPermitted(
            "Access control by roles is for applications that people sign in to, not for m2m.",
            code="APPLICATION_TYPE_NOT_SUPPORTED",
        )
    if not await work.roles.access_roles(application.id):
        raise NotPermitted(
            "Allow at least one role for this application first: POST "
            "/api/v1/applications/{id}/access_roles/{role_id}.",
            code="ACCESS_ROLES_REQUIRED",
        )


def changed_application(application: Application, changes: Mapping[str, Any]) -> Application:
    """Return an application with the given members changed, each checked. Raises `InvalidInput`."""
    values: dict[str, Any] = {}
    options: dict[str, bool] = {}
    for name, value in changes.items():
        if name == "has_sign_in_with_sso_button":
            refuse_sso_button(check_switch(value, name))
        elif name in _OPTIONS:
            options[name] = check_switch(value, name)
        elif name == "name":
            values[name] = check_name(value, "name")
        elif name in _URLS:
            values[name] = check_url(value, name) if value else None
        elif name in _URI_LISTS:
            if value:
                refuse_of_machine(application, name, _REMEDY)
            values[name] = checked_uris(value or (), name)
        elif name == "backchannel_logout_uri":
            if value:
                refuse_of_machine(application, name, _REMEDY)
            values[name] = check_call_url(value, name) if value else None
        elif name == "language_key":
            values[name] = check_language(value, name) if value else None
        else:
            raise InvalidInput(f"An application has no member {name!r}.", field=name)
    return replace(application, **values, options=replace(application.options, **options))


def checked_uris(uris: list[str] | tuple[str, ...], field_name: str) -> tuple[str, ...]:
    """Return callback or logout URLs without repeats; refuse bad ones and more than 200."""
    distinct = tuple(dict.fromkeys(uris))
    if len(distinct) > LARGEST_NUMBER_OF_URIS:
        raise InvalidInput(
            f"{field_name} holds {len(distinct)} URLs; {LARGEST_NUMBER_OF_URIS} is the most.",
            field=field_name,
        )
    return tuple(
        check_redirect_uri(uri, f"{field_name}[{position}]") for position, uri in enumerate(distinct)
    )
