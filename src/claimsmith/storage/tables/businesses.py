"""List the tables of what stands above environments: the businesses that own them, and the operator's plans.

These tables are outside the wall: nothing in them belongs to one environment.
"""

from sqlalchemy import Column, ForeignKey, Integer, Table

from claimsmith.storage.columns import Code, Id, Json, Text, UtcDateTime
from claimsmith.storage.tables.base import metadata

businesses = Table(
    "businesses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

operator_plans = Table(
    "operator_plans",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("document", Json, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

business_agreement_events = Table(
    "business_agreement_events",
    metadata,
    Column("business_id", Id, ForeignKey("businesses.id", ondelete="CASCADE"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", Code, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("members", Json, nullable=False),
    Column("actor_kind", Code, nullable=False),
    Column("actor_id", Text, nullable=False),
)
