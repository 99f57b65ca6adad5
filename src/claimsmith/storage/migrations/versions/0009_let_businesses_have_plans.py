"""Let businesses own environments and have plans of the operator."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    businesses = op.create_table(
        "businesses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
    )
    op.bulk_insert(businesses, [{"id": "default", "name": "Default", "created_at": datetime.now(UTC)}])
    op.create_table(
        "operator_plans",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_plans")),
    )
    op.create_table(
        "business_agreement_events",
        sa.Column("business_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("members", Json, nullable=False),
        sa.Column("actor_kind", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_business_agreement_events_business_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("business_id", "sequence", name=op.f("pk_business_agreement_events")),
    )
    op.add_column(
        "environments",
        sa.Column("business_id", sa.String(length=64), server_default="default", nullable=False),
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_column("environments", "business_id")
    op.drop_table("business_agreement_events")
    op.drop_table("operator_plans")
    op.drop_table("businesses")
