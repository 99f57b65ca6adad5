"""`claimsmith api scopes ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, the_api, the_scope_ids
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Define the scopes of an API, and look back at imports.",
    example="claimsmith api scopes add Orders write:orders",
)

Which = Annotated[str, typer.Argument(metavar="API", help="Id, audience or name.")]
Key = Annotated[str, typer.Argument(metavar="SCOPE", help="Key, such as read:orders, or id.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@commands.command("list")
async def list_scopes(context: "Context", api: Which) -> Listing:
    """List the scopes of an API."""
    details = await the_api(context, api)
    rows = [asdict(each) for each in sorted(details.scopes, key=lambda scope: scope.key)]
    return Listing(("key", "description", "origin", "id"), rows)


@commands.command(
    "add", example='claimsmith api scopes add Orders cancel:orders --description "Cancel orders"'
)
async def add_scope(
    context: "Context",
    api: Which,
    key: Annotated[str, typer.Argument(help="Such as read:orders; it never changes.")],
    description: Annotated[str | None, typer.Option(help="What it allows.")] = None,
) -> Record:
    """Define a scope. No application has it until it is enabled for one: claimsmith api authorize."""
    from claimsmith.usecases import apis

    details = await the_api(context, api)
    return Record(asdict(await apis.add_scope(context, details.api.id, key=key, description=description)))


@commands.command("describe")
async def describe_scope(
    context: "Context",
    api: Which,
    scope: Key,
    description: Annotated[str, typer.Argument(help="What it allows.")],
) -> Record:
    """Change the description of a scope."""
    from claimsmith.usecases import apis

    details = await the_api(context, api)
    [scope_id] = the_scope_ids(details, [scope])
    return Record(asdict(await apis.change_scope(context, details.api.id, scope_id, description)))


@commands.command("delete")
async def delete_scope(context: "Context", api: Which, scope: Key, yes: Yes = False) -> Done:
    """Delete a scope, also where it is enabled for applications."""
    from claimsmith.usecases import apis

    details = await the_api(context, api)
    [scope_id] = the_scope_ids(details, [scope])
    confirmed(f"Deleting the scope {scope!r} of {details.api.name!r}", yes=yes)
    await apis.delete_scope(context, details.api.id, scope_id)
    return Done(f"Deleted the scope {scope!r}.", {"id": scope_id})


@commands.command("imports")
async def list_imports(context: "Context", api: Which) -> Listing:
    """List the imports of OpenAPI documents, newest first."""
    from claimsmith.usecases import scope_imports

    details = await the_api(context, api)
    return Listing(
        ("id", "filename", "created_count", "removed_count", "skipped_count", "is_active", "imported_at"),
        [asdict(each) for each in await scope_imports.list_imports(context, details.api.id)],
        f"No document was imported. To import one: {again('api import API openapi.yaml')}",
    )


@commands.command("delete-import")
async def delete_import(
    context: "Context",
    api: Which,
    import_id: Annotated[
        str, typer.Argument(metavar="IMPORT_ID", help="Id, as `api scopes imports` shows it.")
    ],
    yes: Yes = False,
) -> Done:
    """Delete an import and the scopes it made."""
    from claimsmith.usecases import scope_imports

    details = await the_api(context, api)
    confirmed(f"Deleting the import {import_id} with its scopes", yes=yes)
    count = await scope_imports.delete_import(context, details.api.id, import_id)
    return Done(f"Deleted the import and {count} scopes.", {"id": import_id, "removed_count": count})
