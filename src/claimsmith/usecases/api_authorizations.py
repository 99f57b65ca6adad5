"""Say which application may use which API, and with which of its scopes."""

from collections.abc import Sequence

from claimsmith.domain.apis import AuthorizedApi
from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.gates import CUSTOM_SCOPES
from claimsmith.domain.uris import shown
from claimsmith.storage.work import Work
from claimsmith.usecases.apis import find_api, find_scope
from claimsmith.usecases.applications import find_application
from claimsmith.usecases.context import Context
from claimsmith.usecases.gates import require

LARGEST_NUMBER_OF_CHANGES = 100


async def change_authorized_applications(
    context: Context, api_id: str, operations: Sequence[tuple[str, str | None]]
) -> tuple[list[str], list[str]]:
    """Authorize applications for an API (operation `None`) or revoke their authorization (`"delete"`).

    Returns the ids that are authorized and the ids that are not, as asked for, also where nothing had to
    change. All is done or nothing: raises `NotFound` for any unknown application, `InvalidInput` for another
    operation, for both operations on one application, and for more than 100 entries.
    """
    wanted = _wanted(operations)
    async with context.changing() as work:
        await find_api(work, api_id)
        for application_id in wanted:
            await find_application(work, application_id)
        for application_id, authorized in wanted.items():
            if authorized == await work.apis.is_authorized(api_id, application_id):
                continue
            if authorized:
                await work.apis.authorize(api_id, application_id)
            else:
                await work.apis.revoke(api_id, application_id)
            work.record("application", application_id, "changed")
    connected = [application_id for application_id, authorized in wanted.items() if authorized]
    return connected, [application_id for application_id in wanted if application_id not in connected]


async def enable_scope(context: Context, api_id: str, application_id: str, scope_id: str) -> None:
    """Enable a scope for an application that is authorized for the API; twice is as once.

    Raises `NotFound`, `InvalidInput` for an application that is not authorized, `NotPermitted` for a
    management scope that the caller does not hold, and `PlanRequired` for a scope of another API.
    """
    async with context.changing() as work:
        await _find_authorized(work, api_id, application_id)
        scope = await find_scope(work, api_id, scope_id)
        if (await find_api(work, api_id)).is_management_api:
            context.refuse_escalation([scope.key])
        elif scope_id not in await work.apis.enabled_scope_ids(api_id, application_id):
            await require(context, CUSTOM_SCOPES)
        await work.apis.enable_scopes(api_id, application_id, [scope_id])
        work.record("application", application_id, "changed")


async def disable_scope(context: Context, api_id: str, application_id: str, scope_id: str) -> None:
    """Disable a scope for an application that is authorized for the API; twice is as once.

    Raises `NotFound`, and `InvalidInput` for an application that is not authorized.
    """
    async with context.changing() as work:
        await _find_authorized(work, api_id, application_id)
        await find_scope(work, api_id, scope_id)
        await work.apis.disable_scope(api_id, application_id, scope_id)
        work.record("application", application_id, "changed")


async def set_application_scopes(
    context: Context, api_id: str, application_id: str, scope_ids: Sequence[str]
) -> None:
    """Enable exactly these scopes of an API for an authorized application and disable all others.

    Raises `NotFound` for any unknown scope, before anything is done, `InvalidInput` for an application that
    is not authorized, and `PlanRequired` to enable one more scope that is not the management API's.
    """
    wanted = frozenset(scope_ids)
    async with context.changing() as work:
        await _find_authorized(work, api_id, application_id)
        enabled = await work.apis.enabled_scope_ids(api_id, application_id)
        added = [await find_scope(work, api_id, scope_id) for scope_id in sorted(wanted - enabled)]
        if (await find_api(work, api_id)).is_management_api:
            context.refuse_escalation(scope.key for scope in added)
        elif added:
            await require(context, CUSTOM_SCOPES)
        await work.apis.enable_scopes(api_id, application_id, sorted(wanted - enabled))
        for scope_id in sorted(enabled - wanted):
            await work.apis.disable_scope(api_id, application_id, scope_id)
        work.record("application", application_id, "changed")


async def list_application_apis(context: Context, application_id: str) -> list[AuthorizedApi]:
    """Return the APIs an application is authorized for, by name, with all their scopes. Raises `NotFound`."""
    async with context.reading() as work:
        await find_application(work, application_id)
        return await work.apis.apis_of_application(application_id)


async def _find_authorized(work: Work, api_id: str, application_id: str) -> None:
    await find_api(work, api_id)
    await find_application(work, application_id)
    if not await work.apis.is_authorized(api_id, application_id):
        raise InvalidInput(
            f"The application {application_id!r} is not authorized for the API {api_id!r}; authorize it "
            f"first: PATCH /api/v1/apis/{api_id}/applications.",
            field="application_id",
            code="APPLICATION_NOT_AUTHORIZED",
        )


def _wanted(operations: Sequence[tuple[str, str | None]]) -> dict[str, bool]:
    """Return by application whether it is to be authorized."""
    if len(operations) > LARGEST_NUMBER_OF_CHANGES:
        raise InvalidInput(
            f"applications holds {len(operations)} entries; {LARGEST_NUMBER_OF_CHANGES} is the most in one "
            "request.",
            field="applications",
            code="TOO_MANY_OBJECTS",
        )
    wanted: dict[str, bool] = {}
    for position, (application_id, operation) in enumerate(operations):
        if operation not in (None, "delete"):
            raise InvalidInput(
                f'operation is {shown(operation)}; leave it out to authorize, or send "delete" to revoke.',
                field=f"applications[{position}].operation",
                code="OPERATION_INVALID",
            )
        if wanted.setdefault(application_id, operation is None) != (operation is None):
            raise InvalidInput(
                f"applications both authorizes and revokes {application_id!r}; keep one of the entries.",
                field=f"applications[{position}].id",
                code="APPLICATION_REPEATED",
            )
    return wanted
