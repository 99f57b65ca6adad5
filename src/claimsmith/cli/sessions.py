"""`claimsmith session ...`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed
from claimsmith.cli.output import Done, Listing

if TYPE_CHECKING:
    from claimsmith.usecases.context import Context

commands = Commands(
    "See where people are signed in, and sign them out.", example="claimsmith session list $USER_ID"
)

UserId = Annotated[str, typer.Argument(metavar="USER_ID", help="Id of the user: kp_ and 32 characters.")]


@commands.command("list")
async def list_sessions(context: "Context", user_id: UserId) -> Listing:
    """List the live sessions of a user, the newest first, 500 at most."""
    from claimsmith.usecases import sso_sessions

    found = await sso_sessions.list_sessions(context, user_id)
    return Listing(
        ("id", "client_id", "organization_code", "address", "last_seen_at", "expires_at"),
        [asdict(each) for each in found.sessions],
        "The user is signed in nowhere.",
    )


@commands.command("end")
async def end_sessions(
    context: "Context",
    user_id: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """End every session of a user, with every token that came from them, refresh tokens included."""
    from claimsmith.usecases import sso_sessions

    confirmed(f"Signing the user {user_id} out everywhere", yes=yes)
    ended = await sso_sessions.end_sessions(context, user_id)
    return Done(f"Ended {len(ended)} sessions of {user_id}.", {"id": user_id, "sessions": len(ended)})
