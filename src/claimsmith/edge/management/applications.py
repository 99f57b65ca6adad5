"""Serve `/api/v1/applications`."""

from typing import Any

from claimsmith.domain.applications import Application
from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import application_access, applications

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
    login_uri: str | None = None
    homepage_uri: str | None = None
    has_cancel_button: bool | None = None
    is_allow_faceless_auth: bool | None = None
    is_ask_for_name: bool | None = None
    has_marketing_consent: bool | None = None
    has_sign_in_link_on_sign_up_page: bool | None = None
    has_register_link_on_sign_in_page: bool | None = None
    has_sign_in_with_sso_button: bool | None = None
    use_gravatar_fallback: bool | None = None
    is_access_control_enabled: bool | None = None


class TokenSettings(Body):
    """Hold the body of `PATCH /applications/{application_id}/tokens`; lifetimes are in seconds."""

    access_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    id_token_lifetime: int | None = None
    authenticated_session_lifetime: int | None = None
    is_hasura_mapping_enabled: bool | None = None


@operations.operation("GET /applications", "getApplications", scope="read:applications")
async def get_applications(
    context: Caller, sort: str | None = None, page_size: int | None = None, next_token: str | None = None
) -> dict[str, Any]:
    """List applications, a page at a time."""
    page = await applications.list_applications(
        context, sort=sort, page_size=page_size, next_token=next_token
    )
    found = [{"id": item.id, "name": item.name, "type": item.type.value} for item in page.items]
    return ok(applications=found, next_token=page.next_token)


@operations.operation("POST /applications", "createApplication", scope="create:applications", status=201)
async def create_application(context: Caller, body: NewApplication) -> dict[str, Any]:
    """Register an application; the answer holds its first client secret, this once."""
    created = await applications.create_application(
        context, name=body.name, type=body.type, organization_code=body.org_code
    )
    application: dict[str, Any] = {"id": created.application.id, "client_id": created.application.id}
    if created.secret:
        application["client_secret"] = created.secret.reveal()
    return ok("Application created", "APPLICATION_CREATED", application=application)


@operations.operation("GET /applications/{application_id}", "getApplication", scope="read:applications")
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
    "PATCH /applications/{application_id}/tokens",
    "updateApplicationTokens",
    scope="update:application_tokens",
)
async def update_application_tokens(
    context: Caller, application_id: str, body: TokenSettings
) -> dict[str, Any]:
    """Set token lifetimes and the Hasura mapping."""
    await applications.change_token_settings(context, application_id, **body.model_dump(exclude_none=True))
    return ok("Application tokens updated", "APPLICATION_TOKENS_UPDATED")


@operations.operation(
    "GET /applications/{application_id}/connections",
    "GetApplicationConnections",
    scope="read:application_connections",
)
async def get_application_connections(context: Caller, application_id: str) -> dict[str, Any]:
    """List the connections that an application offers."""
    found = await application_access.list_connections(context, application_id)
    shown = [
        {
            "code": "OK",
            "message": "Success",
            "connection": {
                "id": item.id,
                "name": item.name,
                "display_name": item.display_name,
                "strategy": item.strategy,
            },
        }
        for item in found
    ]
    return ok(connections=shown, has_more=False)


@operations.operation(
    "POST /applications/{application_id}/connections/{connection_id}",
    "EnableConnection",
    scope="create:application_connections",
)
async def enable_connection(context: Caller, application_id: str, connection_id: str) -> dict[str, Any]:
    """Offer a connection in an application."""
    await application_access.enable_connection(context, application_id, connection_id)
    return ok("Connection enabled", "CONNECTION_ENABLED")


@operations.operation(
    "DELETE /applications/{application_id}/connections/{connection_id}",
    "RemoveConnection",
    scope="delete:application_connections",
)
async def remove_connection(context: Caller, application_id: str, connection_id: str) -> dict[str, Any]:
    """Stop offering a connection in an application."""
    await application_access.remove_connection(context, application_id, connection_id)
    return ok("Connection removed", "CONNECTION_REMOVED")


@operations.operation(
    "GET /applications/{application_id}/access_roles",
    "GetApplicationAccessRoles",
    scope="read:applications",
)
async def get_application_access_roles(
    context: Caller,
    application_id: str,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> dict[str, Any]:
    """List the roles that may use an application."""
    page = await application_access.list_access_roles(
        context,
        application_id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )
    shown = [
        {"id": role.id, "key": role.key, "name": role.name, "description": role.description}
        for role in page.items
    ]
    return ok(roles=shown, has_more=page.has_more)


@operations.operation(
    "POST /applications/{application_id}/access_roles/{role_id}",
    "AddApplicationAccessRole",
    scope="update:applications",
)
async def add_application_access_role(context: Caller, application_id: str, role_id: str) -> dict[str, Any]:
    """Let a role use an application."""
    await application_access.add_access_role(context, application_id, role_id)
    return ok("Access role added", "ACCESS_ROLE_ADDED")


@operations.operation(
    "DELETE /applications/{application_id}/access_roles/{role_id}",
    "RemoveApplicationAccessRole",
    scope="update:applications",
)
async def remove_application_access_role(
    context: Caller, application_id: str, role_id: str
) -> dict[str, Any]:
    """Stop a role from using an application."""
    await application_access.remove_access_role(context, application_id, role_id)
    return ok("Access role removed", "ACCESS_ROLE_REMOVED")


def _shown(application: Application) -> dict[str, Any]:
    options = application.options
    return {
        "id": application.id,
        "name": application.name,
        "type": application.type.value,
        "client_id": application.id,
        "org_code": application.organization_code,
        "login_uri": application.login_uri,
        "homepage_uri": application.homepage_uri,
        "language_key": application.language_key,
        "redirect_uris": list(application.redirect_uris),
        "logout_uris": list(application.logout_uris),
        "has_cancel_button": options.has_cancel_button,
        "is_access_control_enabled": options.is_access_control_enabled,
        "is_allow_faceless_auth": options.is_allow_faceless_auth,
        "is_ask_for_name": options.is_ask_for_name,
        "has_marketing_consent": options.has_marketing_consent,
        "has_sign_in_link_on_sign_up_page": options.has_sign_in_link_on_sign_up_page,
        "has_register_link_on_sign_in_page": options.has_register_link_on_sign_in_page,
        "has_sign_in_with_sso_button": options.has_sign_in_with_sso_button,
        "use_gravatar_fallback": options.use_gravatar_fallback,
    }
