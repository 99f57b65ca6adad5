"""Decide which roles may use an application and which connections it offers."""

from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.errors import NotFound, NotPermitted
from claimsmith.domain.paging import Page, slice_page
from claimsmith.domain.roles import Connection, Role
from claimsmith.storage.work import Work
from claimsmith.usecases.applications import find_application
from claimsmith.usecases.context import Context
from claimsmith.usecases.roles import find_role


async def list_access_roles(
    context: Context,
    application_id: str,
    *,
    page_size: int | None = None,
    starting_after: str | None = None,
    ending_before: str | None = None,
) -> Page[Role]:
    """Return one page of the roles that may use an application. Raises `NotFound`, `NotPermitted` for m2m."""
    async with context.reading() as work:
        await _find_for_people(work, application_id)
        roles = await work.roles.access_roles(application_id)
    return slice_page(
        roles,
        lambda role: role.id,
        page_size=page_size,
        starting_after=starting_after,
        ending_before=ending_before,
    )


async def add_access_role(context: Context, application_id: str, role_id: str) -> None:
    """Let a role use an application; a second time changes nothing."""
    async with context.changing() as work:
        await _find_for_people(work, application_id)
        await find_role(work, role_id)
        await work.roles.allow(application_id, role_id)
        work.record("application", application_id, "changed")


async def remove_access_role(context: Context, application_id: str, role_id: str) -> None:
    """Stop a role from using an application.

    Raises `NotFound`; `NotPermitted` for the last one while access control is on, which would lock all out.
    """
    async with context.changing() as work:
        application = await _find_for_people(work, application_id)
        await find_role(work, role_id)
        roles = await work.roles.access_roles(application_id)
        if application.options.is_access_control_enabled and [role.id for role in roles] == [role_id]:
            raise NotPermitted(
                "This is the last role that may use the application while access control is on. Allow "
                "another role first, or switch is_access_control_enabled off.",
                code="ACCESS_ROLES_REQUIRED",
            )
        await work.roles.disallow(application_id, role_id)
        work.record("application", application_id, "changed")


async def list_connections(context: Context, application_id: str) -> list[Connection]:
    """Return the connections that an application offers. Raises `NotFound`."""
    async with context.reading() as work:
        await find_application(work, application_id)
        return await work.connections.of_application(application_id)


async def enable_connection(context: Context, application_id: str, connection_id: str) -> None:
    """Offer a connection in an application; a second time changes nothing. Raises `NotFound`."""
    async with context.changing() as work:
        await _find_connection(work, application_id, connection_id)
        await work.connections.enable(application_id, connection_id)
        work.record("application", application_id, "changed")


async def remove_connection(context: Context, application_id: str, connection_id: str) -> None:
    """Stop offering a connection in an application. Raises `NotFound`."""
    async with context.changing() as work:
        await _find_connection(work, application_id, connection_id)
        await work.connections.disable(application_id, connection_id)
        work.record("application", application_id, "changed")


async def _find_for_people(work: Work, application_id: str) -> Application:
    application = await find_application(work, application_id)
    if application.type is ApplicationType.M2M:
        raise NotPermitted(
            "Access control by roles is for applications that people sign in to, not for m2m.",
            code="APPLICATION_TYPE_NOT_SUPPORTED",
        )
    return application


async def _find_connection(work: Work, application_id: str, connection_id: str) -> None:
    await find_application(work, application_id)
    if await work.connections.find(connection_id) is None:
        raise NotFound(f"There is no connection {connection_id!r}.", code="CONNECTION_NOT_FOUND")
