"""`claimsmith application ...`."""

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli import application_access, application_secrets
from claimsmith.cli.advice import again
from claimsmith.cli.assignments import SET_HELP, Kind, read_assignments
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, every, the_application
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.applications import Application
    from claimsmith.usecases.context import Context

commands = Commands(
    "Register applications (OAuth clients) and give them secrets.",
    example="claimsmith application create Robot",
)
commands.add("secrets", application_secrets.commands)
commands.add("roles", application_access.commands)

Which = Annotated[str, typer.Argument(metavar="APPLICATION", help="Id (client_id) or name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_TEXTS = ("name", "login_uri", "homepage_uri", "logo_uri", "policy_uri", "terms_uri", "language_key")
_LIFETIMES = (
    "access_token_lifetime",
    "id_token_lifetime",
    "refresh_token_lifetime",
    "authenticated_session_lifetime",
)


@commands.command("list")
async def list_applications(context: "Context") -> Listing:
    """List the applications of the environment."""
    from claimsmith.usecases import applications

    return Listing(
        ("id", "name", "type", "organization_code"),
        [_shown(each) for each in await every(applications.list_applications, context)],
        f"No application yet. Make one: {again('application create NAME --type m2m')}",
    )


@commands.command("create", example="claimsmith application create Shop --type reg")
async def create_application(
    context: "Context",
    name: Annotated[str, typer.Argument(help="What people call it.")],
    type: Annotated[
        str, typer.Option(help="reg (back-end web), spa (front-end, mobile), m2m (machine), device.")
    ] = "m2m",
    organization: Annotated[
        str | None, typer.Option(metavar="CODE", help="Bind an M2M application to one organization.")
    ] = None,
) -> Record:
    """Register an application. Its first client secret is shown this once."""
    from claimsmith.usecases import applications

    made = await applications.create_application(
        context, name=name, type=type, organization_code=organization
    )
    members: dict[str, Any] = {"client_id": made.application.id, "name": name, "type": type}
    notes: tuple[str, ...] = ()
    if made.secret:
        members["client_secret"] = made.secret.reveal()
        notes = (
            "The secret is not stored and cannot be shown again.",
            f"Next: {again(f'api authorize API {made.application.id}')}",
        )
    return Record(members, notes)


@commands.command("show", example="claimsmith application show Robot")
async def show_application(context: "Context", application: Which) -> Record:
    """Show one application with the APIs it may use."""
    from claimsmith.usecases import api_authorizations

    found = await the_application(context, application)
    apis = await api_authorizations.list_application_apis(context, found.id)
    granted = {
        each.api.audience: sorted(scope.key for scope in each.scopes if scope.id in each.enabled_scope_ids)
        for each in apis
    }
    return Record({**_shown(found), "apis": granted})


@commands.command(
    "set", example="claimsmith application set Shop --set redirect_uris=http://127.0.0.1:9000/callback"
)
async def change_application(
    context: "Context",
    application: Which,
    assignments: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help=SET_HELP)],
) -> Done:
    """Change members of an application.

    Members: name, login_uri, homepage_uri, logo_uri, policy_uri, terms_uri, language_key, redirect_uris,
    logout_uris, backchannel_logout_uri, the switches that `application show --json` lists, and lifetimes in
    seconds: access_token_lifetime, id_token_lifetime, refresh_token_lifetime, authenticated_session_lifetime.
    """
    from claimsmith.usecases import applications, token_settings

    changes = read_assignments(assignments, _kinds())
    found = await the_application(context, application)
    lifetimes = {name: changes.pop(name) for name in _LIFETIMES if name in changes}
    if changes:
        await applications.change_application(context, found.id, changes)
    if lifetimes:
        await token_settings.change_token_settings(context, found.id, **lifetimes)
    return Done(f"Changed {', '.join([*changes, *lifetimes])} of {found.name!r}.", {"id": found.id})


@commands.command("delete")
async def delete_application(context: "Context", application: Which, yes: Yes = False) -> Done:
    """Delete an application with its secrets, token profiles and authorizations."""
    from claimsmith.usecases import applications

    found = await the_application(context, application)
    confirmed(f"Deleting the application {found.name!r} ({found.id})", yes=yes)
    await applications.delete_application(context, found.id)
    return Done(f"Deleted the application {found.name!r}.", {"id": found.id})


def _kinds() -> dict[str, Kind]:
    from claimsmith.domain.applications import SignInOptions

    kinds: dict[str, Kind] = dict.fromkeys(_TEXTS, "text")
    kinds |= dict.fromkeys(("redirect_uris", "logout_uris"), "list")
    kinds["backchannel_logout_uri"] = "text"
    kinds |= {each.name: "switch" for each in fields(SignInOptions)}
    return kinds | dict.fromkeys(_LIFETIMES, "number")


def _shown(application: "Application") -> dict[str, Any]:
    members = asdict(application)
    switches = members.pop("options")
    return {**members, **switches}
