"""`claimsmith permission ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, every, the_permission
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Define permissions: the rights that roles are made of.",
    example='claimsmith permission create "Read reports" --key read:reports',
)

Which = Annotated[str, typer.Argument(metavar="PERMISSION", help="Key or id.")]
_KINDS: dict[str, Kind] = {"name": "text", "key": "text", "description": "text"}


@commands.command("list")
async def list_permissions(context: "Context") -> Listing:
    """List the permissions of the environment."""
    from claimsmith.usecases import permissions

    return Listing(
        ("id", "key", "name"),
        [asdict(each) for each in await every(permissions.list_permissions, context)],
        f"No permission yet. Make one: {again('permission create NAME --key KEY')}",
    )


@commands.command("create")
async def create_permission(
    context: "Context",
    name: Annotated[str, typer.Argument(help="What people call it.")],
    key: Annotated[str, typer.Option(help="What tokens carry, such as read:reports.")],
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
) -> Record:
    """Define a permission."""
    from claimsmith.usecases import permissions

    made = await permissions.create_permission(context, name=name, key=key, description=description)
    return Record(asdict(made))


@commands.command("set")
async def change_permission(
    context: "Context",
    permission: Which,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Record:
    """Change the name, key or description of a permission."""
    from claimsmith.usecases import permissions

    found = await the_permission(context, permission)
    changes = read_assignments(assignments, _KINDS)
    return Record(asdict(await permissions.change_permission(context, found.id, changes)))


@commands.command("delete")
async def delete_permission(
    context: "Context",
    permission: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """Delete a permission; roles and members lose it."""
    from claimsmith.usecases import permissions

    found = await the_permission(context, permission)
    confirmed(f"Deleting the permission {found.key!r}", yes=yes)
    await permissions.delete_permission(context, found.id)
    return Done(f"Deleted the permission {found.key!r}.", {"id": found.id})
