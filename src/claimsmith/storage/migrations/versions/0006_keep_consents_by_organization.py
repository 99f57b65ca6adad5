"""Keep what people allow applications within the organization that they allow it in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from claimsmith.storage.columns import Json, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEYS = ("environment_id", "user_id", "client_id")


def upgrade() -> None:
    """Apply this migration. What was allowed before names no organization, and counts outside of any."""
    _made_anew(organization=True)


def downgrade() -> None:
    """Take this migration back. What was allowed within organizations is asked for again."""
    _made_anew(organization=False)


def _made_anew(*, organization: bool) -> None:
    rows = op.get_bind().execute(_select(organization)).mappings().all()
    op.drop_table("consents")
    column = [sa.Column("organization_code", sa.String(length=64), nullable=False)] if organization else []
    more = ["organization_code"] if organization else []
    made = op.create_table(
        "consents",
        *(sa.Column(name, sa.String(length=64), nullable=False) for name in KEYS),
        *column,
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        _refers("client_id", "applications"),
        _refers("user_id", "users"),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environments.id"],
            name=op.f("fk_consents_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*KEYS, *more, "audience", name=op.f("pk_consents")),
    )
    values = {"organization_code": ""} if organization else {}
    if rows:
        op.bulk_insert(made, [{**row, **values} for row in rows])


def _select(organization: bool) -> sa.Select[Any]:
    """Select what is kept; without an organization's column, what names none."""
    names = [*KEYS, "audience"]
    table = sa.table(
        "consents",
        *(sa.column(name) for name in (*names, "organization_code")),
        sa.column("scopes", Json),
        sa.column("given_at", UtcDateTime()),
    )
    kept = sa.select(*(table.c[name] for name in names), table.c.scopes, table.c.given_at)
    return kept if organization else kept.where(table.c.organization_code == "")


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["environment_id", column],
        [f"{target}.environment_id", f"{target}.id"],
        name=op.f(f"fk_consents_environment_id_{column}"),
        ondelete="CASCADE",
    )
