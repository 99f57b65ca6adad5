"""Describe messages to people: mail and text messages that wait to be delivered."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """Name the ways a message can take."""

    MAIL = "mail"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Message:
    """Hold one message. `kind` says what it is for, as `code_sign_in` or `invitation`.

    It may hold a code or a link that lets somebody in: it is not logged, and `text` and `html` are emptied
    once it was delivered or given up. `taken_until` keeps other processes from delivering it meanwhile.
    """

    id: str
    channel: Channel
    recipient: str
    kind: str
    language: str
    subject: str
    text: str
    html: str | None
    sender_name: str | None
    sender_email: str | None
    created_at: datetime
    due_at: datetime
    tries: int = 0
    last_error: str | None = None
    taken_until: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def subject_without_code(self) -> str:
        """Return the subject with a one-time code masked."""
        return re.sub(r"(?<![0-9])[0-9]{6}(?![0-9])", "******", self.subject)

    @property
    def standing(self) -> str:
        """Return the word for where the message is: `delivered`, `given up` or `waiting`."""
        if self.sent_at is not None:
            return "delivered"
        return "given up" if self.given_up_at is not None else "waiting"


RETRY_SECONDS = (5, 30, 120, 600, 3_600, 14_400)
"""How long to wait after each failed try; after the last one the message is given up."""
