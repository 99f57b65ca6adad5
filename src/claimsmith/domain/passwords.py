"""Describe the stored password of a user."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """Hold the hash of one user's password.

    `method` is `argon2id` for what this server hashed, or the word of the management API for a hash that was
    imported (`bcrypt`, `md5` ...), which `parameters` help to verify (salt, iterations ...). `failures` are
    the wrong passwords since the last good one; until `locked_until` none is good.
    """

    user_id: str
    method: str
    hash: str = field(repr=False)
    changed_at: datetime
    parameters: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    is_temporary: bool = False
    failures: int = 0
    locked_until: datetime | None = None
