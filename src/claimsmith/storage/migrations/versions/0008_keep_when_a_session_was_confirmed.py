"""Keep when a person proved once more, within a session, who they are."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("sso_sessions", sa.Column("confirmed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take this migration back."""
    op.drop_column("sso_sessions", "confirmed_at")
