"""Turn what the token endpoint would say to a client into what whoever runs the command line can do."""

import shlex
from typing import TYPE_CHECKING

from claimsmith.cli.advice import again
from claimsmith.cli.failures import CommandFailed
from claimsmith.cli.finding import every

if TYPE_CHECKING:
    from claimsmith.domain.apis import Api
    from claimsmith.domain.applications import Application
    from claimsmith.domain.errors import InvalidInput
    from claimsmith.usecases.context import Context

MOST_NAMED = 5


async def advised(
    context: "Context", application: "Application", error: "InvalidInput", audiences: list[str]
) -> Exception:
    """Return the refusal of a preview with the command that helps, where there is one."""
    from claimsmith.oauth.errors import OAuthError
    from claimsmith.usecases import apis
    from claimsmith.usecases.api_authorizations import list_application_apis

    reason = error.__cause__.reason if isinstance(error.__cause__, OAuthError) else None
    if reason not in ("audience_missing", "audience_not_authorized"):
        return error
    usable = [each.api for each in await list_application_apis(context, application.id)]
    if reason == "audience_missing" and usable:
        choices = " or ".join(f"--audience {shlex.quote(each.audience)}" for each in usable)
        return CommandFailed(
            f"The application {application.name!r} is authorized for {len(usable)} APIs; say for which one "
            f"the token is: {choices}"
        )
    known = [each.api for each in await every(apis.list_apis, context)]
    if reason == "audience_missing":
        said = f"The application {application.name!r} is authorized for no API, so it gets no token."
        own = [each for each in known if each.audience != context.environment.management_audience]
        return CommandFailed(f"{said} {_way_on(own, application, '')}")
    missing = next(each for each in audiences if each not in {api.audience for api in usable})
    said = f"The application {application.name!r} is not authorized for the audience {missing}."
    found = [each for each in known if each.audience == missing]
    return CommandFailed(f"{said} {_way_on(found, application, missing)}")


def _way_on(known: "list[Api]", application: "Application", audience: str) -> str:
    name = shlex.quote(application.id)
    if not known:
        which = shlex.quote(audience) if audience else "AUDIENCE"
        return (
            f"Register an API first: {again(f'api create NAME --audience {which} --scope SCOPE')}; "
            f"then: {again(f'api authorize {which} {name} --all-scopes')}"
        )
    if len(known) == 1:
        api = shlex.quote(known[0].audience)
        return f"To authorize it: {again(f'api authorize {api} {name} --all-scopes')}"
    named = ", ".join(each.audience for each in known[:MOST_NAMED])
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return (
        f"To authorize it: {again(f'api authorize AUDIENCE {name} --all-scopes')}, where AUDIENCE is one of "
        f"{named}{more}."
    )
