"""List the tables of what a running server writes down: revocations, usage, console sessions."""

from sqlalchemy import BigInteger, Column, Date, Index, LargeBinary

from claimsmith.storage.columns import Code, Id, UtcDateTime
from claimsmith.storage.tables.base import inside

revoked_tokens = inside(
    "revoked_tokens",
    ("jti",),
    Column("jti", Id, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=False),
    Index(None, "environment_id", "expires_at"),
)

usage_daily = inside(
    "usage_daily",
    ("day", "application_id", "outcome"),
    Column("day", Date, nullable=False),
    Column("application_id", Id, nullable=False),
    Column("outcome", Code, nullable=False),
    Column("count", BigInteger, nullable=False),
    Index(None, "environment_id", "application_id", "day"),
)

monthly_activity = inside(
    "monthly_activity",
    ("month", "kind", "subject_id"),
    Column("month", Date, nullable=False),
    Column("kind", Code, nullable=False),
    Column("subject_id", Id, nullable=False),
)

console_links = inside(
    "console_links",
    ("hash",),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

console_sessions = inside(
    "console_sessions",
    ("hash",),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
)
