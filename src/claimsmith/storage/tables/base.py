"""Share what every table is made with.

Each table but `environments` starts with `environment_id`, which is part of every primary key and of every
foreign key: a reference from one environment into another cannot be stored.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
)

from claimsmith.storage.columns import Id

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def inside(name: str, key: tuple[str, ...], *parts: Any) -> Table:
    """Make a table inside the wall: `environment_id` first, in the primary key, and a foreign key."""
    return Table(
        name,
        metadata,
        Column("environment_id", Id, ForeignKey("environments.id", ondelete="CASCADE"), nullable=False),
        *parts,
        PrimaryKeyConstraint("environment_id", *key),
    )


def refers(column: str, target: str, target_column: str = "id") -> ForeignKeyConstraint:
    """Make a reference to another table of the same environment that goes when its target goes."""
    return ForeignKeyConstraint(
        ["environment_id", column],
        [f"{target}.environment_id", f"{target}.{target_column}"],
        ondelete="CASCADE",
    )


def flag(name: str, default: bool = False) -> Column[bool]:
    """Make a column that is true or false and never empty."""
    return Column(name, Boolean, nullable=False, default=default)
