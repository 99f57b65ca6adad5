"""Serve `/api/v1/portal/generate_url`."""

from typing import Any

from claimsmith.edge.management.operations import Body, Caller, Operations, ok
from claimsmith.usecases import portal

operations = Operations("Self-serve portal")


class GenerateUrl(Body):
    """Hold for whom a link to the portal is, and where it leads."""

    user_id: str
    organization_code: str | None = None
    sub_nav: str | None = None
    return_url: str | None = None


@operations.operation(
    "POST /portal/generate_url",
    "generatePortalUrl",
    scope="create:portal_links",
    status=201,
    answer={"url": str},
)
async def generate_portal_url(context: Caller, body: GenerateUrl) -> dict[str, Any]:
    """Make a link to the self-serve portal for a user, good once within five minutes.

    Whoever opens it is that user there: hand it to nobody else. `organization_code` opens the pages of an
    organization that the user is a member of. `sub_nav` is the page it leads to, `return_url` an address on
    the site of a registered redirect URI that leads back.
    """
    url = await portal.link_for_user(
        context,
        body.user_id,
        organization_code=body.organization_code,
        subnav=body.sub_nav,
        return_url=body.return_url,
    )
    return ok("Portal link created", "PORTAL_LINK_CREATED", url=url)
