"""`claimsmith role ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli import role_contents
from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, every
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Define roles, which hold permissions and API scopes, and decide who may use an application.",
    example="claimsmith role create Clerk --key clerk",
)

commands.add("permissions", role_contents.permission_commands)
commands.add("scopes", role_contents.scope_commands)

RoleId = Annotated[str, typer.Argument(metavar="ROLE_ID", help="Id, as `role list` shows it.")]
_KINDS: dict[str, Kind] = {
    "name": "text",
    "key": "text",
    "description": "text",
    "is_default_role": "switch",
    "is_creator_role": "switch",
    "assignment_permission_id": "text",
}


@commands.command("list")
async def list_roles(context: "Context") -> Listing:
    """List the roles of the environment."""
    from claimsmith.usecases import roles

    return Listing(
        ("id", "key", "name", "is_default_role"),
        [asdict(each) for each in await every(roles.list_roles, context)],
        f"No role yet. Make one: {again('role create NAME --key KEY')}",
    )


@commands.command("create")
async def create_role(
    context: "Context",
    name: Annotated[str, typer.Argument(help="What people call it.")],
    *,
    key: Annotated[str, typer.Option(help="Key of the role.")],
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Give it to new members.")] = False,
    creator: Annotated[bool, typer.Option("--creator", help="Give it to founders.")] = False,
) -> Record:
    """Define a role."""
    from claimsmith.usecases import roles

    made = await roles.create_role(
        context, name=name, key=key, description=description, is_default_role=default, is_creator_role=creator
    )
    return Record(asdict(made))


@commands.command("set")
async def change_role(
    context: "Context",
    role_id: RoleId,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Record:
    """Change members of a role. An empty assignment_permission_id lets any assigner assign it."""
    from claimsmith.usecases import roles

    changes = read_assignments(assignments, _KINDS)
    if changes.get("assignment_permission_id") == "":
        changes["assignment_permission_id"] = None
    return Record(asdict(await roles.change_role(context, role_id, changes)))


@commands.command("delete")
async def delete_role(
    context: "Context",
    role_id: RoleId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """Delete a role, also where it is allowed."""
    from claimsmith.usecases import roles

    found = await roles.get_role(context, role_id)
    confirmed(f"Deleting the role {found.name!r}", yes=yes)
    await roles.delete_role(context, role_id)
    return Done(f"Deleted the role {found.name!r}.", {"id": role_id})
