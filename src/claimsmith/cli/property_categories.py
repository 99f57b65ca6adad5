"""`claimsmith property category ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import LARGEST_PAGE
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Name the headings under which properties are shown.",
    example="claimsmith property category create Shipping",
)


@commands.command("list")
async def list_categories(
    context: "Context",
    of: Annotated[str | None, typer.Option("--of", help="Only those of usr, org or app.")] = None,
) -> Listing:
    """List the categories."""
    from claimsmith.usecases import properties

    page = await properties.list_categories(context, belonging_to=of, page_size=LARGEST_PAGE)
    return Listing(("id", "name", "context"), [asdict(each) for each in page.items])


@commands.command("create")
async def create_category(
    context: "Context",
    name: Annotated[str, typer.Argument(help="The heading.")],
    of: Annotated[str, typer.Option("--of", help="For properties of usr, org or app.")] = "app",
) -> Record:
    """Make a category."""
    from claimsmith.usecases import properties

    return Record(asdict(await properties.create_category(context, name=name, belongs_to=of)))


@commands.command("rename")
async def rename_category(
    context: "Context",
    category_id: Annotated[
        str, typer.Argument(metavar="CATEGORY_ID", help="Id, as `property category list` shows it.")
    ],
    name: Annotated[str, typer.Argument(help="The new heading.")],
) -> Done:
    """Give a category another name."""
    from claimsmith.usecases import properties

    await properties.rename_category(context, category_id, name)
    return Done(f"The category is now {name!r}.", {"id": category_id})
