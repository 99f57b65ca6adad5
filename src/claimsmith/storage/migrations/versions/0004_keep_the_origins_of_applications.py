"""Keep the web origins of applications where they are found by key."""

import json

import sqlalchemy as sa
from alembic import op

from claimsmith.domain.origins import origins_of, registered_key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    made = op.create_table(
        "application_origins",
        sa.Column("environment_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("application_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id", "application_id"],
            ["applications.environment_id", "applications.id"],
            name=op.f("fk_application_origins_environment_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_application_origins_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "key", "application_id", "origin", name=op.f("pk_application_origins")
        ),
    )
    op.create_index(
        "ix_application_origins_by_application",
        "application_origins",
        ["environment_id", "application_id"],
        unique=False,
    )
    found = op.get_bind().execute(
        sa.text("SELECT environment_id, id, CAST(redirect_uris AS TEXT) FROM applications")
    )
    rows = [
        {"environment_id": row[0], "application_id": row[1], "key": registered_key(origin), "origin": origin}
        for row in found
        for origin in origins_of(json.loads(row[2]))
    ]
    if rows:
        op.bulk_insert(made, rows)


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("application_origins")
