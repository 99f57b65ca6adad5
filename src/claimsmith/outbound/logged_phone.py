"""Stand in for whoever delivers text messages, in development: log that one waits, and leave it there."""

import structlog

from claimsmith.domain.messages import Message
from claimsmith.outbound.smtp import NotDelivered

SHOWN_DIGITS = 2

log = structlog.get_logger("claimsmith.messages")


class LeftWaiting(NotDelivered):
    """Say that a message stays in the outbox, for whoever looks there."""

    def __init__(self) -> None:
        super().__init__("nobody delivers text messages here: it waits in the outbox", is_final=False)


class LoggedPhone:
    """Deliver nothing. What a message says, and the whole number, are in the outbox and never in a log."""

    async def send(self, message: Message) -> None:
        """Log that a message waits. Raises `LeftWaiting`, always."""
        log.info(
            "text_message_waits",
            message_id=message.id,
            kind=message.kind,
            recipient=masked_number(message.recipient),
        )
        raise LeftWaiting


def masked_number(number: str) -> str:
    """Return a phone number with its last two digits alone, as `+*********00`."""
    return f"+{'*' * max(0, len(number) - 1 - SHOWN_DIGITS)}{number[-SHOWN_DIGITS:]}"
