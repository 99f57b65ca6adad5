"""Name every way in which a rule of the product refuses.

The tree, from the general to the particular:

    DomainError
    ├── InvalidInput      a value is wrong; names the field and the remedy
    ├── NotFound          the object does not exist in this environment
    ├── AlreadyExists     another object already holds this key, name or audience
    ├── NotPermitted      the actor, or the kind of object, may not do this
    ├── PlanRequired      the plan does not include this
    ├── LimitReached      a stated limit would be passed
    └── Conflict          the object was changed by someone else meanwhile
    Unavailable           something outside failed; the same request may succeed later

No HTTP status lives here: `edge/errors.py` is the only place that knows one.
"""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """Carry a stable code, a message for people, and the field that was wrong, if one was.

    `code` is the upper-case word of the management API (`NAME_REQUIRED`), `message` one sentence that
    names the value and the remedy, `field` the dotted path of the offending member.
    """

    default_code = "REFUSED"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.default_code


class InvalidInput(DomainError):
    """Refuse a value that is malformed, out of range or impossible here."""

    default_code = "INVALID_INPUT"


class NotFound(DomainError):
    """Say that the object does not exist in this environment."""

    default_code = "NOT_FOUND"


class AlreadyExists(DomainError):
    """Say that another object of this environment already holds a value that must be unique."""

    default_code = "ALREADY_EXISTS"


class NotPermitted(DomainError):
    """Refuse an act that this actor or this kind of object may not do."""

    default_code = "NOT_PERMITTED"


class PlanRequired(DomainError):
    """Refuse an act that the plan in force does not include.

    `details` is what a program reads: the feature, the plans that have it, the trial and how to start it.
    """

    default_code = "PLAN_REQUIRED"

    def __init__(
        self, message: str, *, field: str | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.details: Mapping[str, Any] = details or {}


class LimitReached(DomainError):
    """Refuse an act that would pass a stated limit."""

    default_code = "LIMIT_REACHED"


class Conflict(DomainError):
    """Say that the object was changed meanwhile; read it again and repeat the change."""

    default_code = "CONFLICT"


class Unavailable(Exception):
    """Say that a part outside this process failed and that a retry may help.

    `retry_after_seconds` is what the caller is told to wait. `detail` is for whoever operates the server and
    never leaves it: which part failed, where it is, and what to check.
    """

    def __init__(self, message: str, *, detail: str | None = None, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail or message
        self.retry_after_seconds = retry_after_seconds
