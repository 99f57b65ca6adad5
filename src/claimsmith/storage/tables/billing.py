"""List the tables of plans, billing customers, agreements and metered usage."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)

from claimsmith.storage.columns import Code, Id, Json, Text, UtcDateTime
from claimsmith.storage.tables.base import flag, inside, refers

plan_groups = inside(
    "plan_groups",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Code, nullable=False),
    flag("is_default"),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("environment_id", "key"),
)

features = inside(
    "features",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    flag("is_metered"),
    Column("unit", Text),
    UniqueConstraint("environment_id", "key"),
)

plans = inside(
    "plans",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("group_id", Id, nullable=False),
    Column("draft", Json, nullable=False),
    Column("latest_version", Integer, nullable=False, default=0),
    flag("is_default"),
    flag("is_archived"),
    Column("created_at", UtcDateTime, nullable=False),
    refers("group_id", "plan_groups"),
    UniqueConstraint("environment_id", "key"),
    Index(None, "environment_id", "group_id"),
)

plan_versions = inside(
    "plan_versions",
    ("plan_key", "number"),
    Column("plan_key", Code, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("group_id", Id, nullable=False),
    Column("contents", Json, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    refers("plan_key", "plans", "key"),
)

pricing_tables = inside(
    "pricing_tables",
    ("id",),
    Column("id", Id, nullable=False),
    Column("key", Code, nullable=False),
    Column("name", Text, nullable=False),
    Column("group_id", Id, nullable=False),
    Column("entries", Json, nullable=False),
    flag("is_live"),
    flag("is_default"),
    Column("created_at", UtcDateTime, nullable=False),
    refers("group_id", "plan_groups"),
    UniqueConstraint("environment_id", "key"),
)

billing_customers = inside(
    "billing_customers",
    ("id",),
    Column("id", Id, nullable=False),
    Column("user_id", Id),
    Column("organization_code", Id),
    Column("email", Text),
    Column("zone", Code, nullable=False, default="UTC"),
    Column("created_at", UtcDateTime, nullable=False),
    refers("user_id", "users"),
    refers("organization_code", "organizations", "code"),
    UniqueConstraint("environment_id", "user_id"),
    UniqueConstraint("environment_id", "organization_code"),
)


def agreement_columns(owner: str) -> tuple[Any, ...]:
    """Make the columns of a table of agreements; `owner` names the column of whose they are.

    The state is whole in `state`; what stands beside it is what agreements are found by.
    """
    return (
        Column("id", Id, nullable=False),
        Column(owner, Id, nullable=False),
        Column("is_live", Boolean, nullable=False),
        Column("plan_key", Code, nullable=False),
        Column("plan_version", Integer, nullable=False),
        Column("due_at", UtcDateTime),
        Column("changed_at", UtcDateTime, nullable=False),
        Column("sequence", Integer, nullable=False),
        Column("state", Json, nullable=False),
    )


def agreement_event_columns() -> tuple[Any, ...]:
    """Make the columns of a table of the events of agreements, to which rows are only added."""
    return (
        Column("agreement_id", Id, nullable=False),
        Column("sequence", Integer, nullable=False),
        Column("kind", Code, nullable=False),
        Column("at", UtcDateTime, nullable=False),
        Column("recorded_at", UtcDateTime, nullable=False),
        Column("event", Json, nullable=False),
    )


agreements = inside(
    "agreements",
    ("id",),
    *agreement_columns("customer_id"),
    refers("customer_id", "billing_customers"),
    Index(
        "uq_agreements_live",
        "environment_id",
        "customer_id",
        unique=True,
        sqlite_where=text("is_live"),
        postgresql_where=text("is_live"),
    ),
    Index(None, "environment_id", "customer_id"),
    Index(None, "environment_id", "plan_key"),
    Index("ix_agreements_due_at", "due_at"),
)

agreement_plans = inside(
    "agreement_plans",
    ("agreement_id", "plan_key", "number"),
    Column("agreement_id", Id, nullable=False),
    Column("plan_key", Code, nullable=False),
    Column("number", Integer, nullable=False),
    refers("agreement_id", "agreements"),
    ForeignKeyConstraint(
        ["environment_id", "plan_key", "number"],
        ["plan_versions.environment_id", "plan_versions.plan_key", "plan_versions.number"],
    ),
)

agreement_events = inside(
    "agreement_events",
    ("agreement_id", "sequence"),
    *agreement_event_columns(),
    refers("agreement_id", "agreements"),
)

meter_totals = inside(
    "meter_totals",
    ("agreement_id", "feature_key", "period_start"),
    Column("agreement_id", Id, nullable=False),
    Column("feature_key", Code, nullable=False),
    Column("period_start", UtcDateTime, nullable=False),
    Column("period_end", UtcDateTime, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("base_at", UtcDateTime),
    Column("base_order", Integer, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("last_order", Integer, nullable=False),
    Column("told_percent", Integer, nullable=False),
    refers("agreement_id", "agreements"),
)

meter_records = inside(
    "meter_records",
    ("agreement_id", "feature_key", "period_start", "received_order"),
    Column("agreement_id", Id, nullable=False),
    Column("feature_key", Code, nullable=False),
    Column("period_start", UtcDateTime, nullable=False),
    Column("received_order", Integer, nullable=False),
    Column("type", Code, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("idempotency_key", Text),
    ForeignKeyConstraint(
        ["environment_id", "agreement_id", "feature_key", "period_start"],
        [
            "meter_totals.environment_id",
            "meter_totals.agreement_id",
            "meter_totals.feature_key",
            "meter_totals.period_start",
        ],
        name="fk_meter_records_total",
        ondelete="CASCADE",
    ),
    UniqueConstraint(
        "environment_id",
        "agreement_id",
        "feature_key",
        "idempotency_key",
        name="uq_meter_records_idempotency_key",
    ),
)

billing_events = inside(
    "billing_events",
    ("id",),
    Column("id", Id, nullable=False),
    Column("type", Code, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("customer_id", Id, nullable=False),
    Column("agreement_id", Id),
    Column("data", Json, nullable=False),
    Index(None, "environment_id", "recorded_at", "id"),
    Index(None, "environment_id", "customer_id"),
)
