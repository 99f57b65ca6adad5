"""`claimsmith invitation ...`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from claimsmith.cli.advice import again
from claimsmith.cli.commands import Commands
from claimsmith.cli.finding import confirmed, every
from claimsmith.cli.output import Done, Listing, Record

if TYPE_CHECKING:
    from datetime import datetime

    from claimsmith.usecases.context import Context
    from claimsmith.usecases.invitations import IssuedInvitation, ListedInvitation

commands = Commands(
    "Invite people into organizations.",
    example="claimsmith invitation create $ORGANIZATION eve@example.com --role clerk",
)

Code = Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Code, as `organization list` shows it.")]
Which = Annotated[str, typer.Argument(metavar="INVITATION", help="Id, as `invitation list` shows it.")]
Send = Annotated[bool, typer.Option("--send", help="Send the link by mail too.")]
ONCE = "The link is shown this once."


@commands.command("list")
async def list_invitations(
    context: "Context",
    organization: Code,
    everything: Annotated[bool, typer.Option("--all", help="Accepted and revoked ones too.")] = False,
) -> Listing:
    """List the invitations of an organization that were neither accepted nor revoked."""
    from claimsmith.usecases import invitations

    now = context.platform.now()
    found = await every(
        invitations.list_invitations,
        context,
        organization_code=organization,
        with_accepted=everything,
        with_revoked=everything,
    )
    return Listing(
        ("id", "email", "roles", "standing", "expires_at"),
        [_shown(each, now) for each in found],
        f"No invitation. Make one: {again('invitation create ORGANIZATION EMAIL')}",
    )


@commands.command("create")
async def create_invitation(
    context: "Context",
    organization: Code,
    email: Annotated[str, typer.Argument(help="The address that is invited; no other can accept.")],
    *,
    role: Annotated[list[str] | None, typer.Option(help="Key of a role; else the default ones.")] = None,
    first_name: Annotated[str | None, typer.Option(help="First name.")] = None,
    last_name: Annotated[str | None, typer.Option(help="Last name.")] = None,
    send: Send = False,
) -> Record:
    """Invite an address; the link is shown once."""
    from claimsmith.usecases import invitations
    from claimsmith.usecases.invitations import NewInvitation

    wanted = NewInvitation(email, role or (), first_name, last_name, send_email=send)
    issued = await invitations.invite(context, organization, wanted)
    return _shown_once(issued, context.platform.now())


@commands.command("renew")
async def renew_invitation(
    context: "Context", organization: Code, invitation: Which, send: Send = False
) -> Record:
    """Give an invitation another link and seven days more; the link it had ends."""
    from claimsmith.usecases import invitations

    issued = await invitations.renew_invitation(context, organization, invitation, send_email=send)
    return _shown_once(issued, context.platform.now())


@commands.command("revoke")
async def revoke_invitation(
    context: "Context",
    organization: Code,
    invitation: Which,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Done:
    """Revoke an invitation; its link opens nothing any more."""
    from claimsmith.usecases import invitations

    found = (await invitations.get_invitation(context, organization, invitation)).invitation
    confirmed(f"Revoking the invitation of {found.email}", yes=yes)
    await invitations.revoke_invitation(context, organization, found.id)
    return Done(f"Revoked the invitation of {found.email}.", {"id": found.id})


def _shown(listed: "ListedInvitation", now: "datetime") -> dict[str, Any]:
    invitation = listed.invitation
    return {
        "id": invitation.id,
        "email": invitation.email,
        "first_name": invitation.first_name,
        "last_name": invitation.last_name,
        "roles": [role.key for role in listed.roles],
        "standing": invitation.standing(now),
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
        "sent_at": invitation.sent_at,
        "accepted_at": invitation.accepted_at,
        "accepted_by": invitation.accepted_by,
    }


def _shown_once(issued: "IssuedInvitation", now: "datetime") -> Record:
    return Record({**_shown(issued.listed, now), "link": issued.link.reveal()}, [ONCE])
