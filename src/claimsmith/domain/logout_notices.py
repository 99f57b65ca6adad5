"""Describe logout notices, by which applications hear that a session ended (Back-Channel Logout 1.0)."""

from dataclasses import dataclass
from datetime import datetime

RETRY_SECONDS = (30, 300, 3_600, 14_400)
"""How long to wait after the first, second ... failed call; after the last the notice is given up."""


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Hold one notice to one application that a user's session ended. `tries` counts the calls begun."""

    id: str
    client_id: str
    user_id: str
    session_id: str | None
    created_at: datetime
    due_at: datetime
    tries: int = 0
