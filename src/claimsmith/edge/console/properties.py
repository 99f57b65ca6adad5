"""Show the properties of the environment."""

from starlette.responses import Response

from claimsmith.domain.properties import Property, PropertyContext
from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import properties

_HEADINGS = {
    PropertyContext.APPLICATION: "Properties of applications",
    PropertyContext.ORGANIZATION: "Properties of organizations",
    PropertyContext.USER: "Properties of users",
}


async def properties_page(visit: Visit) -> Response:
    """List the properties by what they belong to."""
    groups = []
    for context, heading in _HEADINGS.items():
        items: list[Property] = []
        after: str | None = None
        while True:
            page = await properties.list_properties(
                visit.context, belonging_to=context.value, page_size=500, starting_after=after
            )
            items += page.items
            after = page.next_token
            if after is None:
                break
        groups.append((heading, items))
    return visit.page("properties.html", groups=groups)
