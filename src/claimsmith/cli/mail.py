"""`claimsmith mail ...`."""

from typing import TYPE_CHECKING, Annotated

import typer

from claimsmith.cli.commands import Commands
from claimsmith.cli.output import Listing, Record

if TYPE_CHECKING:
    from claimsmith.domain.messages import Message
    from claimsmith.usecases.context import Context

commands = Commands(
    "See the messages to people: codes, invitations, notices.", example="claimsmith mail list"
)


@commands.command("list")
async def list_mail(context: "Context") -> Listing:
    """List the newest messages, with what came of them."""
    from claimsmith.usecases import messages

    return Listing(
        ("id", "created_at", "recipient", "subject", "standing"),
        [
            {
                "id": each.id,
                "created_at": each.created_at.isoformat(),
                "channel": each.channel.value,
                "recipient": each.recipient,
                "kind": each.kind,
                "subject": each.subject,
                "standing": each.standing,
                "tries": each.tries,
                "last_error": each.last_error,
            }
            for each in await messages.list_messages(context)
        ],
        "No message yet. One is written when somebody signs up, asks for a code or is invited.",
    )


@commands.command("show")
async def show_mail(
    context: "Context",
    message_id: Annotated[str, typer.Argument(metavar="ID", help="Id, as `mail list` shows it.")],
) -> Record:
    """Show one message with its text, which is there until the message is delivered."""
    from claimsmith.usecases import messages

    return Record(_shown(await messages.get_message(context, message_id)))


def _shown(message: "Message") -> dict[str, object]:
    return {
        "id": message.id,
        "created_at": message.created_at.isoformat(),
        "channel": message.channel.value,
        "recipient": message.recipient,
        "kind": message.kind,
        "language": message.language,
        "standing": message.standing,
        "tries": message.tries,
        "last_error": message.last_error,
        "subject": message.subject,
        "text": message.text,
    }
