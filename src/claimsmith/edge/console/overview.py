"""Show what this environment holds and the steps to its first token."""

from starlette.responses import Response

from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import apis, applications, usage

_SHOWN = 3


async def overview(visit: Visit) -> Response:
    """Show the first page of the console."""
    found_apis = await apis.list_apis(visit.context, page_size=500, with_scopes=True)
    own = [item for item in found_apis.items if not item.api.is_management_api]
    found = await applications.list_applications(visit.context, page_size=_SHOWN)
    issued = sum(day.issued for day in await usage.read_usage(visit.context))
    return visit.page(
        "overview.html",
        apis=own,
        has_scopes=any(item.scopes for item in own),
        applications=found.items,
        has_more_applications=found.has_more,
        issued=issued,
    )
