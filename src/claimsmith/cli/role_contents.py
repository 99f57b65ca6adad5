"""`claimsmith role permissions ...` and `claimsmith role scopes ...`: what roles contain."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import every, the_api, the_permission, the_role, the_scope_ids
from claimsmith.cli.output import Done, Listing

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

permission_commands = Commands(
    "Put permissions into a role.", example="claimsmith role permissions add clerk read:reports"
)
scope_commands = Commands(
    "Put API scopes into a role.", example="claimsmith role scopes add clerk Orders read:orders"
)

Role = Annotated[str, typer.Argument(metavar="ROLE", help="Key or id of the role.")]
Permission = Annotated[str, typer.Argument(metavar="PERMISSION", help="Key or id of the permission.")]
Api = Annotated[str, typer.Argument(metavar="API", help="Id, audience or name of the API.")]
Scope = Annotated[str, typer.Argument(metavar="SCOPE", help="Key or id of the scope.")]


@permission_commands.command("list")
async def list_permissions(context: "Context", role: Role) -> Listing:
    """List the permissions of a role."""
    from claimsmith.usecases import role_contents

    found = await the_role(context, role)
    rows = await every(role_contents.list_role_permissions, context, role_id=found.id)
    return Listing(("id", "key", "name"), [asdict(each) for each in rows], "The role has no permission yet.")


@permission_commands.command("add")
async def add_permission(context: "Context", role: Role, permission: Permission) -> Done:
    """Put a permission into a role."""
    from claimsmith.usecases import role_contents

    found, added = await the_role(context, role), await the_permission(context, permission)
    await role_contents.change_role_permissions(context, found.id, [(added.id, None)])
    return Done(f"{found.key} has {added.key}.", {"id": found.id, "permission_id": added.id})


@permission_commands.command("remove")
async def remove_permission(context: "Context", role: Role, permission: Permission) -> Done:
    """Take a permission out of a role."""
    from claimsmith.usecases import role_contents

    found, removed = await the_role(context, role), await the_permission(context, permission)
    await role_contents.remove_role_permission(context, found.id, removed.id)
    return Done(f"{found.key} has {removed.key} no more.", {"id": found.id, "permission_id": removed.id})


@scope_commands.command("list")
async def list_scopes(context: "Context", role: Role) -> Listing:
    """List the API scopes of a role."""
    from claimsmith.usecases import role_contents

    found = await role_contents.list_role_scopes(context, (await the_role(context, role)).id)
    return Listing(("id", "key", "api_id"), [asdict(each) for each in found], "The role has no scope yet.")


@scope_commands.command("add")
async def add_scope(context: "Context", role: Role, api: Api, scope: Scope) -> Done:
    """Put an API scope into a role."""
    from claimsmith.usecases import role_contents

    found = await the_role(context, role)
    [scope_id] = the_scope_ids(await the_api(context, api), [scope])
    added = await role_contents.add_role_scope(context, found.id, scope_id)
    return Done(f"{found.key} has {added.key}.", {"id": found.id, "scope_id": scope_id})


@scope_commands.command("remove")
async def remove_scope(context: "Context", role: Role, api: Api, scope: Scope) -> Done:
    """Take an API scope out of a role."""
    from claimsmith.usecases import role_contents

    found = await the_role(context, role)
    [scope_id] = the_scope_ids(await the_api(context, api), [scope])
    await role_contents.remove_role_scope(context, found.id, scope_id)
    return Done(f"{found.key} has {scope} no more.", {"id": found.id, "scope_id": scope_id})
