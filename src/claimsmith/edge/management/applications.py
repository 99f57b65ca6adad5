"""Serve `/api/v1/applications`."""

from dataclasses import asdict
from typing import Any, NotRequired

from claimsmith.domain.applications import Application
from claimsmith.edge.management.answers import Shown
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import applications, token_settings

operations = Operations("Applications")


class NewApplication(Body):
    """Hold the body of `POST /applications`."""

    name: str
    type: str
    org_code: str | None = None


class ApplicationChanges(Body):
    """Hold the body of `PATCH /applications/{application_id}`: only what is present is changed."""

    name: str | None = None
    language_key: str | None = None
    logout_uris: list[str] | None = None
    redirect_uris: list[str] | None = None
    backchannel_logout_uri: str | None = None
    login_uri: str | None = None
    homepage_uri: str | None = None
    logo_uri: str | None = None
    policy_uri: str | None = None
    terms_uri: str | None = None
    has_cancel_button: bool | None = None
    is_allow_faceless_auth: bool | None = None
    is_ask_for_name: bool | None = None
    has_marketing_consent: bool | None = None
    has_sign_in_link_on_sign_up_page: bool | None = None
    has_register_link_on_sign_in_page: bool | None = None
    has_sign_in_with_sso_button: bool | None = None
    use_gravatar_fallback: bool | None = None
    is_access_control_enabled: bool | None = None
    is_consent_required: bool | None = None
    has_own_refresh_cookie: bool | None = None
    is_session_persistent: bool | None = None


class TokenSettings(Body):
    """Hold the body of `PATCH /applications/{application_id}/tokens`; lifetimes are in seconds."""

    access_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    id_token_lifetime: int | None = None
    authenticated_session_lifetime: int | None = None
    is_hasura_mapping_enabled: bool | None = None


class NewShownApplication(Shown):
    """Hold a new application with its first client secret, unless it is public."""

    id: str
    client_id: str
    client_secret: NotRequired[str]


class ShownShortApplication(Shown):
    """Hold an application as the list shows it."""

    id: str
    name: str
    type: str


class ShownTokenSettings(Shown):
    """Hold lifetimes in seconds and the Hasura mapping; `null` for what an M2M application never gets."""

    access_token_lifetime: int
    id_token_lifetime: int | None
    refresh_token_lifetime: int | None
    authenticated_session_lifetime: int | None
    is_hasura_mapping_enabled: bool


class ShownApplication(ShownShortApplication):
    """Hold an application."""

    client_id: str
    org_code: str | None
    login_uri: str | None
    homepage_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    terms_uri: str | None
    language_key: str | None
    redirect_uris: list[str]
    logout_uris: list[str]
    backchannel_logout_uri: str | None
    has_cancel_button: bool
    is_access_control_enabled: bool
    is_allow_faceless_auth: bool
    is_ask_for_name: bool
    is_consent_required: bool
    has_own_refresh_cookie: bool
    is_session_persistent: bool
    has_marketing_consent: bool
    has_sign_in_link_on_sign_up_page: bool
    has_register_link_on_sign_in_page: bool
    has_sign_in_with_sso_button: bool
    use_gravatar_fallback: bool


@operations.operation(
    "GET /applications",
    "getApplications",
    scope="read:applications",
    answer={"applications": list[ShownShortApplication], "next_token": str | None},
)
async def get_applications(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List applications, a page at a time."""
    page = await applications.list_applications(
        context, sort=sort, page_size=page_size, next_token=next_token
    )
    found: list[ShownShortApplication] = [
        {"id": item.id, "name": item.name, "type": item.type.value} for item in page.items
    ]
    return ok(applications=found, next_token=page.next_token)


@operations.operation(
    "POST /applications",
    "createApplication",
    scope="create:applications",
    status=201,
    answer={"application": NewShownApplication},
)
async def create_application(context: Caller, body: NewApplication) -> dict[str, Any]:
    """Register an application; the answer holds its first client secret, this once."""
    created = await applications.create_application(
        context, name=body.name, type=body.type, organization_code=body.org_code
    )
    application: NewShownApplication = {"id": created.application.id, "client_id": created.application.id}
    if created.secret:
        application["client_secret"] = created.secret.reveal()
    return ok("Application created", "APPLICATION_CREATED", application=application)


@operations.operation(
    "GET /applications/{application_id}",
    "getApplication",
    scope="read:applications",
    answer={"application": ShownApplication},
)
async def get_application(context: Caller, application_id: str) -> dict[str, Any]:
    """Read one application. Client secrets are stored hashed and never shown again."""
    return ok(application=_shown(await applications.get_application(context, application_id)))


@operations.operation(
    "PATCH /applications/{application_id}", "updateApplication", scope="update:applications"
)
async def update_application(
    context: Caller, application_id: str, body: ApplicationChanges
) -> dict[str, Any]:
    """Change the members that are present."""
    changes = body.model_dump(exclude_unset=True)
    await applications.change_application(context, application_id, changes)
    return ok("Application updated", "APPLICATION_UPDATED")


@operations.operation(
    "DELETE /applications/{application_id}", "deleteApplication", scope="delete:applications"
)
async def delete_application(context: Caller, application_id: str) -> dict[str, Any]:
    """Delete an application with all that hangs on it."""
    await applications.delete_application(context, application_id)
    return ok("Application deleted", "APPLICATION_DELETED")


@operations.operation(
    "GET /applications/{application_id}/tokens",
    "getApplicationTokens",
    scope="read:applications",
    answer={"tokens": ShownTokenSettings},
)
async def get_application_tokens(context: Caller, application_id: str) -> dict[str, Any]:
    """Read token lifetimes, in seconds, and the Hasura mapping."""
    return ok(tokens=asdict(await token_settings.get_token_settings(context, application_id)))


@operations.operation(
    "PATCH /applications/{application_id}/tokens",
    "updateApplicationTokens",
    scope="update:application_tokens",
)
async def update_application_tokens(
    context: Caller, application_id: str, body: TokenSettings
) -> dict[str, Any]:
    """Set token lifetimes and the Hasura mapping."""
    await token_settings.change_token_settings(context, application_id, **body.model_dump(exclude_none=True))
    return ok("Application tokens updated", "APPLICATION_TOKENS_UPDATED")


def _shown(application: Application) -> ShownApplication:
    options = application.options
    return {
        "id": application.id,
        "name": application.name,
        "type": application.type.value,
        "client_id": application.id,
        "org_code": application.organization_code,
        "login_uri": application.login_uri,
        "homepage_uri": application.homepage_uri,
        "logo_uri": application.logo_uri,
        "policy_uri": application.policy_uri,
        "terms_uri": application.terms_uri,
        "language_key": application.language_key,
        "redirect_uris": list(application.redirect_uris),
        "logout_uris": list(application.logout_uris),
        "backchannel_logout_uri": application.backchannel_logout_uri,
        "has_cancel_button": options.has_cancel_button,
        "is_access_control_enabled": options.is_access_control_enabled,
        "is_allow_faceless_auth": options.is_allow_faceless_auth,
        "is_ask_for_name": options.is_ask_for_name,
        "is_consent_required": options.is_consent_required,
        "has_own_refresh_cookie": options.has_own_refresh_cookie,
        "is_session_persistent": options.is_session_persistent,
        "has_marketing_consent": options.has_marketing_consent,
        "has_sign_in_link_on_sign_up_page": options.has_sign_in_link_on_sign_up_page,
        "has_register_link_on_sign_in_page": options.has_register_link_on_sign_in_page,
        "has_sign_in_with_sso_button": options.has_sign_in_with_sso_button,
        "use_gravatar_fallback": options.use_gravatar_fallback,
    }
