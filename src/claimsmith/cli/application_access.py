"""`claimsmith application roles ...`: which roles may use an application."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import LARGEST_PAGE, the_application
from claimsmith.cli.output import Done, Listing

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Choose the roles that may use an application people sign in to.",
    example="claimsmith application roles list Shop",
)

Which = Annotated[str, typer.Argument(metavar="APPLICATION", help="Id (client_id) or name.")]
RoleId = Annotated[str, typer.Argument(metavar="ROLE_ID", help="Id, as `role list` shows it.")]


@commands.command("list")
async def list_roles(context: "Context", application: Which) -> Listing:
    """List the roles that may use an application."""
    from claimsmith.usecases import application_access

    found = await the_application(context, application)
    page = await application_access.list_access_roles(context, found.id, page_size=LARGEST_PAGE)
    return Listing(("id", "key", "name"), [asdict(each) for each in page.items])


@commands.command("add")
async def add_role(context: "Context", application: Which, role_id: RoleId) -> Done:
    """Let a role use an application."""
    from claimsmith.usecases import application_access

    found = await the_application(context, application)
    await application_access.add_access_role(context, found.id, role_id)
    return Done(f"The role may use {found.name!r}.", {"id": found.id, "role_id": role_id})


@commands.command("remove")
async def remove_role(context: "Context", application: Which, role_id: RoleId) -> Done:
    """Stop a role from using an application."""
    from claimsmith.usecases import application_access

    found = await the_application(context, application)
    await application_access.remove_access_role(context, found.id, role_id)
    return Done(f"The role may no longer use {found.name!r}.", {"id": found.id, "role_id": role_id})
