"""Keep plans, billing customers, their agreements and what they use."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import Json, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "billing_events",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("agreement_id", sa.String(length=64), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_billing_events_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_billing_events")),
    )
    op.create_index(
        op.f("ix_billing_events_environment_id_customer_id"),
        "billing_events",
        ["environment_id", "customer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_billing_events_environment_id_recorded_at_id"),
        "billing_events",
        ["environment_id", "recorded_at", "id"],
        unique=False,
    )
    op.create_table(
        "features",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("is_metered", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_features_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_features")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_features_environment_id_key")),
    )
    op.create_table(
        "plan_groups",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_plan_groups_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_plan_groups")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_plan_groups_environment_id_key")),
    )
    op.create_table(
        "billing_customers",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=True),
        sa.Column("organization_code", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_billing_customers_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_billing_customers_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_billing_customers_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_billing_customers")),
        sa.UniqueConstraint(
            "environment_id",
            "organization_code",
            name=op.f("uq_billing_customers_environment_id_organization_code"),
        ),
        sa.UniqueConstraint(
            "environment_id", "user_id", name=op.f("uq_billing_customers_environment_id_user_id")
        ),
    )
    op.create_table(
        "plans",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("draft", Json, nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "group_id"],
            ["plan_groups.environment_id", "plan_groups.id"],
            name=op.f("fk_plans_environment_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"], ["environments.id"], name=op.f("fk_plans_environment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_plans")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_plans_environment_id_key")),
    )
    op.create_index(
        op.f("ix_plans_environment_id_group_id"), "plans", ["environment_id", "group_id"], unique=False
    )
    op.create_table(
        "agreements",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("plan_key", sa.String(length=64), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "customer_id"],
            ["billing_customers.environment_id", "billing_customers.id"],
            name=op.f("fk_agreements_environment_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_agreements_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_agreements")),
    )
    op.create_index("ix_agreements_due_at", "agreements", ["due_at"], unique=False)
    op.create_index(
        op.f("ix_agreements_environment_id_customer_id"),
        "agreements",
        ["environment_id", "customer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_agreements_environment_id_plan_key"),
        "agreements",
        ["environment_id", "plan_key"],
        unique=False,
    )
    op.create_index(
        "uq_agreements_live",
        "agreements",
        ["environment_id", "customer_id"],
        unique=True,
        sqlite_where=sa.text("is_live"),
        postgresql_where=sa.text("is_live"),
    )
    op.create_table(
        "plan_versions",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("plan_key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("contents", Json, nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "plan_key"],
            ["plans.environment_id", "plans.key"],
            name=op.f("fk_plan_versions_environment_id_plan_key"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_plan_versions_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "plan_key", "number", name=op.f("pk_plan_versions")),
    )
    op.create_table(
        "agreement_events",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("agreement_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("event", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "agreement_id"],
            ["agreements.environment_id", "agreements.id"],
            name=op.f("fk_agreement_events_environment_id_agreement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_agreement_events_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "agreement_id", "sequence", name=op.f("pk_agreement_events")
        ),
    )
    op.create_table(
        "agreement_plans",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("agreement_id", sa.String(length=64), nullable=False),
        sa.Column("plan_key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "agreement_id"],
            ["agreements.environment_id", "agreements.id"],
            name=op.f("fk_agreement_plans_environment_id_agreement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "plan_key", "number"],
            ["plan_versions.environment_id", "plan_versions.plan_key", "plan_versions.number"],
            name=op.f("fk_agreement_plans_environment_id_plan_key_number"),
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_agreement_plans_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "agreement_id", "plan_key", "number", name=op.f("pk_agreement_plans")
        ),
    )
    op.create_table(
        "meter_totals",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("agreement_id", sa.String(length=64), nullable=False),
        sa.Column("feature_key", sa.String(length=64), nullable=False),
        sa.Column("period_start", UtcDateTime(), nullable=False),
        sa.Column("period_end", UtcDateTime(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("base_at", UtcDateTime(), nullable=True),
        sa.Column("base_order", sa.Integer(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("last_order", sa.Integer(), nullable=False),
        sa.Column("told_percent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "agreement_id"],
            ["agreements.environment_id", "agreements.id"],
            name=op.f("fk_meter_totals_environment_id_agreement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_meter_totals_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "agreement_id", "feature_key", "period_start", name=op.f("pk_meter_totals")
        ),
    )
    op.create_table(
        "meter_records",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("agreement_id", sa.String(length=64), nullable=False),
        sa.Column("feature_key", sa.String(length=64), nullable=False),
        sa.Column("period_start", UtcDateTime(), nullable=False),
        sa.Column("received_order", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
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
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_meter_records_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id",
            "agreement_id",
            "feature_key",
            "period_start",
            "received_order",
            name=op.f("pk_meter_records"),
        ),
        sa.UniqueConstraint(
            "environment_id",
            "agreement_id",
            "feature_key",
            "idempotency_key",
            name="uq_meter_records_idempotency_key",
        ),
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("meter_records")
    op.drop_table("meter_totals")
    op.drop_table("agreement_plans")
    op.drop_table("agreement_events")
    op.drop_table("plan_versions")
    op.drop_index(
        "uq_agreements_live",
        table_name="agreements",
        sqlite_where=sa.text("is_live"),
        postgresql_where=sa.text("is_live"),
    )
    op.drop_index(op.f("ix_agreements_environment_id_plan_key"), table_name="agreements")
    op.drop_index(op.f("ix_agreements_environment_id_customer_id"), table_name="agreements")
    op.drop_index("ix_agreements_due_at", table_name="agreements")
    op.drop_table("agreements")
    op.drop_index(op.f("ix_plans_environment_id_group_id"), table_name="plans")
    op.drop_table("plans")
    op.drop_table("billing_customers")
    op.drop_table("plan_groups")
    op.drop_table("features")
    op.drop_index(op.f("ix_billing_events_environment_id_recorded_at_id"), table_name="billing_events")
    op.drop_index(op.f("ix_billing_events_environment_id_customer_id"), table_name="billing_events")
    op.drop_table("billing_events")
