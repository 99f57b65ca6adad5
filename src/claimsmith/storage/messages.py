"""Store messages until they are delivered."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import or_

from claimsmith.domain.messages import Channel, Message
from claimsmith.storage.questions import Row
from claimsmith.storage.store import Store
from claimsmith.storage.tables import messages


class MessageStore(Store):
    """Store the messages of one environment."""

    async def add(self, message: Message) -> None:
        """Insert one message."""
        await self.insert(messages, **{**asdict(message), "channel": message.channel.value})

    async def find(self, message_id: str) -> Message | None:
        """Return one message, or `None`."""
        row = await self.find_one(messages, id=message_id)
        return _message(row) if row else None

    async def newest(self, limit: int) -> list[Message]:
        """Return the newest messages, the newest first."""
        rows = await self.rows(
            self.select(messages).order_by(messages.c.created_at.desc(), messages.c.id).limit(limit)
        )
        return [_message(row) for row in rows]

    async def due(self, now: datetime, channel: Channel, limit: int) -> list[str]:
        """Return the ids of messages to deliver now that no process is delivering, the oldest first."""
        rows = await self.rows(
            self.select(
                messages,
                messages.c.channel == channel.value,
                messages.c.sent_at.is_(None),
                messages.c.given_up_at.is_(None),
                messages.c.due_at <= now,
                or_(messages.c.taken_until.is_(None), messages.c.taken_until < now),
            )
            .order_by(messages.c.due_at, messages.c.id)
            .limit(limit)
        )
        return [row["id"] for row in rows]

    async def take(self, message_id: str, now: datetime, until: datetime) -> Message | None:
        """Take a message for delivery in one statement; `None` when another process has it."""
        found = await self.connection.execute(
            self.update(
                messages,
                messages.c.id == message_id,
                messages.c.sent_at.is_(None),
                messages.c.given_up_at.is_(None),
                or_(messages.c.taken_until.is_(None), messages.c.taken_until < now),
            )
            .values(taken_until=until, tries=messages.c.tries + 1)
            .returning(*messages.c)
        )
        row = found.mappings().first()
        return _message(row) if row else None

    async def delivered(self, message: Message, now: datetime) -> None:
        """Mark a message as delivered and forget what it said."""
        await self.run(
            self.update(messages, messages.c.id == message.id).values(
                sent_at=now, taken_until=None, last_error=None, **_forgotten(message)
            )
        )

    async def failed(self, message: Message, error: str, *, due_at: datetime | None, now: datetime) -> None:
        """Note a failed try; `due_at` of `None` gives the message up."""
        then = {"given_up_at": now, **_forgotten(message)} if due_at is None else {"due_at": due_at}
        noted = {"last_error": error[:200], "taken_until": None, **then}
        await self.change(messages, {"id": message.id}, **noted)

    async def sweep(self, before: datetime) -> None:
        """Delete the messages that were made before a moment."""
        await self.run(self.delete(messages, messages.c.created_at < before))


def _forgotten(message: Message) -> dict[str, Any]:
    """Return what is left of a message that waits no more: its subject without a code."""
    return {"subject": message.subject_without_code, "text": "", "html": None}


def _message(row: Row) -> Message:
    values = {field.name: row[field.name] for field in fields(Message)}
    values["channel"] = Channel(row["channel"])
    return Message(**values)
