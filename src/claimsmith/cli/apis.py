"""`claimsmith api ...`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli import api_scopes
from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, every, the_api, the_application, the_scope_ids
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "Register APIs, define their scopes, and say which application may use them.",
    example="claimsmith api create Orders --audience urn:orders --scope read:orders",
)
commands.add("scopes", api_scopes.commands)

Which = Annotated[str, typer.Argument(metavar="API", help="Id, audience or name.")]
WhichApplication = Annotated[str, typer.Argument(metavar="APPLICATION", help="Id (client_id) or name.")]
_KINDS: dict[str, Kind] = {"name": "text", "signing_algorithm": "text", "token_shape": "text"}


@commands.command("list")
async def list_apis(context: "Context") -> Listing:
    """List the APIs of the environment."""
    from claimsmith.usecases import apis

    return Listing(
        ("id", "name", "audience", "signing_algorithm", "token_shape", "is_management_api"),
        [asdict(each.api) for each in await every(apis.list_apis, context)],
    )


@commands.command(
    "create", example="claimsmith api create Stock --audience https://stock.example.com --scope read:stock"
)
async def create_api(
    context: "Context",
    *,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    audience: Annotated[str, typer.Option(help="What tokens for it carry as aud; it never changes.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="A scope to define. Repeat it for several.")
    ] = None,
    signing_algorithm: Annotated[str | None, typer.Option(help="RS256 [default], ES256 or EdDSA.")] = None,
    token_shape: Annotated[
        str | None, typer.Option(help="platform [default], or at+jwt for the shape of RFC 9068.")
    ] = None,
) -> Record:
    """Register an API. Applications can use it once they are authorized for it."""
    from claimsmith.domain.gates import CUSTOM_SCOPES
    from claimsmith.usecases import apis, gates

    if scope:
        await gates.require(context, CUSTOM_SCOPES)
    api = await apis.create_api(
        context, name=name, audience=audience, signing_algorithm=signing_algorithm, token_shape=token_shape
    )
    for key in scope or ():
        await apis.add_scope(context, api.id, key=key)
    return Record(
        {**asdict(api), "scopes": scope or []}, (f"Next: {again(f'api authorize {api.id} APPLICATION')}",)
    )


@commands.command("show")
async def show_api(context: "Context", api: Which) -> Record:
    """Show one API with its scopes and the applications that may use it."""
    found = await the_api(context, api)
    keys = {scope.id: scope.key for scope in found.scopes}
    applications = {
        f"{each.application_name} ({each.application_id})": sorted(
            keys[scope_id] for scope_id in each.enabled_scope_ids
        )
        for each in found.applications
    }
    return Record({**asdict(found.api), "scopes": sorted(keys.values()), "applications": applications})


@commands.command("set")
async def change_api(
    context: "Context",
    api: Which,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Done:
    """Change an API: name, signing_algorithm (RS256, ES256, EdDSA), token_shape (platform, at+jwt)."""
    from claimsmith.usecases import apis

    changes = read_assignments(assignments, _KINDS)
    found = await the_api(context, api)
    await apis.change_api(context, found.api.id, changes)
    return Done(f"Changed {', '.join(changes)} of {found.api.name!r}.", {"id": found.api.id})


@commands.command("delete")
async def delete_api(
    context: "Context", api: Which, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> Done:
    """Delete an API with its scopes and authorizations."""
    from claimsmith.usecases import apis

    found = await the_api(context, api)
    confirmed(f"Deleting the API {found.api.name!r} ({found.api.audience})", yes=yes)
    await apis.delete_api(context, found.api.id)
    return Done(f"Deleted the API {found.api.name!r}.", {"id": found.api.id})


@commands.command("authorize", example="claimsmith api authorize Orders Robot --all-scopes")
async def authorize(
    context: "Context",
    api: Which,
    application: WhichApplication,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="A scope to enable. Repeat it. Without it: those already enabled stay."),
    ] = None,
    all_scopes: Annotated[bool, typer.Option("--all-scopes", help="Enable every scope of the API.")] = False,
) -> Done:
    """Let an application get tokens for an API, with the scopes given."""
    from claimsmith.usecases import api_authorizations

    details = await the_api(context, api)
    found = await the_application(context, application)
    names = [each.key for each in details.scopes] if all_scopes else scope or []
    scope_ids = the_scope_ids(details, names)
    await api_authorizations.change_authorized_applications(context, details.api.id, [(found.id, None)])
    for scope_id in scope_ids:
        await api_authorizations.enable_scope(context, details.api.id, found.id, scope_id)
    members: dict[str, Any] = {"api_id": details.api.id, "application_id": found.id, "enabled": names}
    enabled = f" Enabled: {', '.join(names)}." if names else ""
    return Done(f"{found.name!r} may get tokens for {details.api.audience}.{enabled}", members)


@commands.command("revoke")
async def revoke(
    context: "Context",
    api: Which,
    application: WhichApplication,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Disable only this scope. Repeat it for several.")
    ] = None,
) -> Done:
    """Take an application's authorization for an API away, or only some of its scopes."""
    from claimsmith.usecases import api_authorizations

    details = await the_api(context, api)
    found = await the_application(context, application)
    members = {"api_id": details.api.id, "application_id": found.id, "disabled": scope or []}
    if not scope:
        await api_authorizations.change_authorized_applications(
            context, details.api.id, [(found.id, "delete")]
        )
        return Done(f"{found.name!r} gets no more tokens for {details.api.audience}.", members)
    for scope_id in the_scope_ids(details, scope):
        await api_authorizations.disable_scope(context, details.api.id, found.id, scope_id)
    return Done(f"Disabled {', '.join(scope)} for {found.name!r}.", members)


@commands.command("import", example="claimsmith api import Orders openapi.yaml")
async def import_scopes(
    context: "Context",
    api: Which,
    document: Annotated[Path, typer.Argument(help="OpenAPI document, YAML or JSON.")],
) -> Record:
    """Make the imported scopes of an API those of an OpenAPI document. Scopes made by hand stay."""
    from claimsmith.usecases import scope_imports

    details = await the_api(context, api)
    record = await scope_imports.import_document(
        context, details.api.id, filename=document.name, content=document.read_bytes()
    )
    return Record(
        asdict(record) if record.log else {**asdict(record), "log": []},
        tuple(
            f"{line.get('level', '')}: {line.get('key', '')} {line.get('message', '')}" for line in record.log
        ),
    )
