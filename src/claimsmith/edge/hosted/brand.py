"""Serve the look of an environment or an organization as a style sheet of custom properties."""

from starlette.requests import Request
from starlette.responses import Response

from claimsmith.domain.errors import NotFound
from claimsmith.edge.browsers import person_context
from claimsmith.edge.hosted.rendering import branding_of
from claimsmith.usecases.organizations import get_organization


async def brand_sheet(request: Request) -> Response:
    """Answer with the style sheet; an organization that does not exist looks like the environment."""
    code = request.query_params.get("org_code")
    try:
        organization = await get_organization(person_context(request), code) if code else None
    except NotFound:
        organization = None
    sheet = branding_of(request, organization).style_sheet()
    return Response(sheet, 200, {"Cache-Control": "private, max-age=60"}, "text/css")
