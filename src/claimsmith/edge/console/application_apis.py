"""Say which APIs an application may use, and with which scopes."""

from typing import Any

from starlette.responses import Response

from claimsmith.domain.apis import Api
from claimsmith.domain.errors import DomainError
from claimsmith.domain.gates import CUSTOM_SCOPES
from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import api_authorizations, apis, applications, gates
from claimsmith.usecases.context import Context

_PAGE_SIZE = 500


async def apis_page(visit: Visit) -> Response:
    """Show the APIs of an application with all their scopes, and the APIs it may not use."""
    return visit.page("application_apis.html", **await _values(visit))


async def authorize(visit: Visit) -> Response:
    """Authorize the application for an API."""
    application_id = visit.word("id")
    try:
        await api_authorizations.change_authorized_applications(
            visit.context, visit.form.text("api_id"), [(application_id, None)]
        )
    except DomainError as problem:
        return visit.refused("application_apis.html", problem, **await _values(visit))
    return visit.go(f"/applications/{application_id}/apis", "authorized")


async def revoke(visit: Visit) -> Response:
    """Take the authorization for an API away, with the scopes that were enabled."""
    application_id = visit.word("id")
    await api_authorizations.change_authorized_applications(
        visit.context, visit.word("api_id"), [(application_id, "delete")]
    )
    return visit.go(f"/applications/{application_id}/apis", "revoked")


async def set_scopes(visit: Visit) -> Response:
    """Enable exactly the ticked scopes of an API."""
    application_id = visit.word("id")
    try:
        await api_authorizations.set_application_scopes(
            visit.context, visit.word("api_id"), application_id, visit.form.texts("scope_ids")
        )
    except DomainError as problem:
        return visit.refused("application_apis.html", problem, **await _values(visit))
    return visit.go(f"/applications/{application_id}/apis", "saved")


async def every_api(context: Context) -> list[Api]:
    """Return all APIs of the environment, by name."""
    found: list[Api] = []
    next_token: str | None = None
    while True:
        page = await apis.list_apis(context, page_size=_PAGE_SIZE, next_token=next_token)
        found += [item.api for item in page.items]
        next_token = page.next_token
        if next_token is None:
            return found


async def _values(visit: Visit) -> dict[str, Any]:
    application = await applications.get_application(visit.context, visit.word("id"))
    authorized = await api_authorizations.list_application_apis(visit.context, application.id)
    known = {item.api.id for item in authorized}
    return {
        "application": application,
        "authorized": authorized,
        "gate": await gates.gate(visit.context, CUSTOM_SCOPES),
        "others": [api for api in await every_api(visit.context) if api.id not in known],
    }
