"""Send messages to people: write them into the outbox with the change they belong to, and deliver them later.

A message is delivered at least once. Of several processes one takes it at a time.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from claimsmith.domain.errors import NotFound
from claimsmith.domain.messages import RETRY_SECONDS, Channel, Message
from claimsmith.domain.organizations import Organization
from claimsmith.outbound.logged_phone import LeftWaiting
from claimsmith.outbound.smtp import NotDelivered
from claimsmith.storage.work import Work
from claimsmith.texts.messages import compose, compose_short
from claimsmith.usecases.context import Context, Platform

log = structlog.get_logger("claimsmith.messages")

TAKEN_SECONDS = 60
MOST_AT_ONCE = 20
MOST_SHOWN = 100
LEFT = timedelta(days=3_650)
"""For how long a message that nobody delivers is not tried again: it is swept long before."""


class Sender(Protocol):
    """Deliver the messages of one channel: the port for mail and for text messages."""

    async def send(self, message: Message) -> None:
        """Hand a message over. Raises `NotDelivered`; `LeftWaiting` to leave it in the outbox."""
        ...


async def send(
    work: Work,
    *,
    kind: str,
    recipient: str | None,
    language: str,
    values: Mapping[str, str],
    channel: Channel = Channel.MAIL,
    organization: Organization | None = None,
) -> None:
    """Put a message into the outbox, in the transaction of what it is about.

    `kind` and `values` are those of `texts.messages.compose`. An organization that has a sender of its own
    is the sender. Without a recipient the same work is done and nothing is kept: where nobody is to learn
    who has an account, the time of an answer must not tell it either.
    """
    composed = compose(kind, language, values) if channel is Channel.MAIL else compose_short(language, values)
    branding = organization.branding if organization else {}
    message_id = f"msg_{secrets.token_hex(16)}"
    if recipient is None:
        await work.messages.find(message_id)
        return
    await work.messages.add(
        Message(
            id=message_id,
            channel=channel,
            recipient=recipient,
            kind=kind,
            language=language,
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            sender_name=branding.get("sender_name") or values.get("sender"),
            sender_email=branding.get("sender_email"),
            created_at=work.now,
            due_at=work.now,
        )
    )


async def list_messages(context: Context) -> list[Message]:
    """Return the newest messages of the environment, the newest first.

    What they say is there only while they wait: forever, on a server that has nobody to deliver them.
    """
    async with context.reading() as work:
        return await work.messages.newest(MOST_SHOWN)


async def get_message(context: Context, message_id: str) -> Message:
    """Return one message. Raises `NotFound`."""
    async with context.reading() as work:
        found = await work.messages.find(message_id)
    if found is None:
        raise NotFound(f"There is no message {message_id!r}.", code="MESSAGE_NOT_FOUND")
    return found


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hold what came of one round: how many messages were handed over, and how many were not."""

    sent: int = 0
    failed: int = 0


async def deliver_due(platform: Platform, sender: Sender, channel: Channel = Channel.MAIL) -> Delivery:
    """Deliver the messages of a channel that are due in every environment, a few at a time."""
    sent = failed = 0
    for runtime in platform.directory.runtimes:
        async with platform.database.reading(runtime.id) as work:
            due = await work.messages.due(work.now, channel, MOST_AT_ONCE)
        for message_id in due:
            if await _deliver(platform, runtime.id, message_id, sender):
                sent += 1
            else:
                failed += 1
    return Delivery(sent, failed)


async def _deliver(platform: Platform, environment_id: str, message_id: str, sender: Sender) -> bool:
    async with platform.database.storing(environment_id) as work:
        message = await work.messages.take(message_id, work.now, work.now + timedelta(seconds=TAKEN_SECONDS))
    if message is None:
        return False
    try:
        await sender.send(message)
    except LeftWaiting as error:
        async with platform.database.storing(environment_id) as work:
            await work.messages.failed(message, str(error), due_at=work.now + LEFT, now=work.now)
        return False
    except NotDelivered as error:
        log.warning("mail_not_delivered", message_id=message_id, kind=message.kind, detail=str(error))
        async with platform.database.storing(environment_id) as work:
            wait = None
            if not error.is_final and message.tries <= len(RETRY_SECONDS):
                wait = timedelta(seconds=RETRY_SECONDS[message.tries - 1])
            await work.messages.failed(
                message, str(error), due_at=work.now + wait if wait else None, now=work.now
            )
        return False
    async with platform.database.storing(environment_id) as work:
        await work.messages.delivered(message, work.now)
    return True
