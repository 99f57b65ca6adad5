"""`claimsmith consent ...`."""

from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, the_application
from claimsmith.cli.output import Done, Listing

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "See what people allowed applications, and withdraw it.", example="claimsmith consent list $USER_ID"
)

UserId = Annotated[str, typer.Argument(metavar="USER_ID", help="Id of the user: kp_ and 32 characters.")]


@commands.command("list")
async def list_consents(context: "Context", user_id: UserId) -> Listing:
    """List what a user allowed applications; a row without an audience is about the user's own profile."""
    from claimsmith.usecases import consents

    rows = [
        {
            "application_id": listed.application.id,
            "application": listed.application.name,
            "organization_code": each.organization_code,
            "audience": each.audience or None,
            "scopes": list(each.scopes),
            "given_at": each.given_at,
        }
        for listed in await consents.list_consents(context, user_id)
        for each in listed.consents
    ]
    return Listing(
        ("application_id", "application", "organization_code", "audience", "scopes", "given_at"),
        rows,
        "The user allowed no application anything.",
    )


@commands.command("withdraw")
async def withdraw_consents(
    context: "Context",
    user_id: UserId,
    application: Annotated[str, typer.Argument(metavar="APPLICATION", help="Id (client_id) or name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """Withdraw what a user allowed an application, which ends its refresh tokens for this user."""
    from claimsmith.usecases import consents

    found = await the_application(context, application)
    confirmed(f"Withdrawing what the user {user_id} allowed {found.name}", yes=yes)
    await consents.withdraw_consents(context, user_id, found.id)
    return Done(f"Withdrew what {user_id} allowed {found.name}.", {"id": user_id, "application_id": found.id})
