"""Keep links to the self-serve portal and the visits they begin."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "portal_visits",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("organization_code", sa.String(length=64), nullable=True),
        sa.Column("grant_id", sa.String(length=64), nullable=True),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("return_url", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "organization_code"],
            ["organizations.environment_id", "organizations.code"],
            name=op.f("fk_portal_visits_environment_id_organization_code"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id", "user_id"],
            ["users.environment_id", "users.id"],
            name=op.f("fk_portal_visits_environment_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_portal_visits_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "link_hash", name=op.f("pk_portal_visits")),
        sa.UniqueConstraint(
            "environment_id", "session_hash", name=op.f("uq_portal_visits_environment_id_session_hash")
        ),
    )
    op.create_index(
        op.f("ix_portal_visits_environment_id_expires_at"),
        "portal_visits",
        ["environment_id", "expires_at"],
        unique=False,
    )


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("portal_visits")
