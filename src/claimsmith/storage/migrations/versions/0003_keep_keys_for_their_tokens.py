"""Remember until when tokens of a lifetime that was shortened since need a signing key."""

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("signing_keys", sa.Column("needed_until", UtcDateTime(), nullable=True))
