"""Keep pricing tables, from which people who sign up choose a plan."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import Json, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "pricing_tables",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("entries", Json, nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "group_id"],
            ["plan_groups.environment_id", "plan_groups.id"],
            name=op.f("fk_pricing_tables_environment_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_pricing_tables_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_pricing_tables")),
        sa.UniqueConstraint("environment_id", "key", name=op.f("uq_pricing_tables_environment_id_key")),
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("pricing_tables")
