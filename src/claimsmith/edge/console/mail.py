"""Show the outbox: what people were sent, and what waits because nobody delivers it."""

from starlette.responses import Response

from claimsmith.edge.console.visits import Visit
from claimsmith.usecases import messages


async def mail_page(visit: Visit) -> Response:
    """List the newest messages."""
    found = await messages.list_messages(visit.context)
    return visit.page("mail.html", found=found, is_delivered=visit.context.platform.mail is not None)


async def message_page(visit: Visit) -> Response:
    """Show one message."""
    return visit.page(
        "message_sent.html", message=await messages.get_message(visit.context, visit.word("id"))
    )
