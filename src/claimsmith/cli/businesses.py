"""`claimsmith business ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import ALL_SHARED, Commands
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Keep businesses apart: each owns environments and has a plan.", example="claimsmith business list"
)

SHARED = tuple(name for name in ALL_SHARED if name != "environment")


@commands.command("list", takes=SHARED)
async def list_businesses(context: "Context") -> Listing:
    """List the businesses of this installation."""
    from claimsmith.usecases import businesses

    found = await businesses.list_businesses(context.platform)
    return Listing(("id", "name", "created_at"), [asdict(each) for each in found])


@commands.command("add", takes=SHARED, example='claimsmith business add orchard --name "Orchard Ltd"')
async def add_business(
    context: "Context",
    id: Annotated[str, typer.Argument(metavar="ID", help="Short id, such as orchard.")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
) -> Record:
    """Make a business. Its first environment is made with: claimsmith environment add --business ID."""
    from claimsmith.usecases import businesses

    made = await businesses.add_business(context.platform, id=id, name=name or id.capitalize())
    return Record(asdict(made), (f"Next: claimsmith environment add CODE --issuer URL --business {made.id}",))
