"""Bring the schema up to date, or say that it is not.

SQLite migrates itself when a server starts. PostgreSQL is migrated by `claimsmith migrate`, once, by whoever
operates it; a server that finds an older or newer schema refuses to start.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, inspect, text

from claimsmith.domain.businesses import DEFAULT_BUSINESS_ID, DEFAULT_BUSINESS_NAME
from claimsmith.storage.database import Database
from claimsmith.storage.tables import businesses, metadata

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0012"
"""The revision this version of the program needs; a test keeps it equal to the newest migration."""

_MIGRATION_LOCK = 7_203_771_201


class SchemaMismatch(RuntimeError):
    """Say that the database's schema is not the one this program needs, and what to run."""


async def current_revision(database: Database) -> str | None:
    """Return the revision of the database's schema; `None` when it has none yet."""
    async with database.across_environments() as connection:
        return await connection.run_sync(_revision)


async def check_schema(database: Database) -> None:
    """Refuse a schema that is behind or ahead. Raises `SchemaMismatch`."""
    found = await current_revision(database)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise SchemaMismatch(
            f"The database is at schema {found}, newer than {HEAD}, which this version needs. Install the "
            "version of claimsmith that migrated it."
        )
    raise SchemaMismatch(
        f"The database is at schema {found or 'none'}; this version needs {HEAD}. Run: claimsmith migrate"
    )


async def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the schema to `HEAD`; return the revisions before and after. A second run changes nothing.

    A new database is made from the tables as they are now, which takes neither time nor memory; one that has
    a schema goes through the migrations, and a test keeps both at the same end. All steps are one
    transaction. Several processes may start at once: one migrates, the others wait.
    """
    async with database.across_environments(writes=True) as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        before = await connection.run_sync(_revision)
        if before is not None and before > HEAD:
            raise SchemaMismatch(
                f"The database is at schema {before}, newer than {HEAD}, which this version needs."
            )
        if before is None:
            await connection.run_sync(_create)
        elif before != HEAD:
            await connection.run_sync(_upgrade)
    return before, HEAD


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found else None


def _create(connection: Connection) -> None:
    metadata.create_all(connection, checkfirst=False)
    first = {"id": DEFAULT_BUSINESS_ID, "name": DEFAULT_BUSINESS_NAME, "created_at": datetime.now(UTC)}
    connection.execute(insert(businesses).values(**first))
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def _upgrade(connection: Connection) -> None:
    from alembic import command  # imported here: Alembic costs memory that a serving process need not spend

    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection | None = None) -> "Config":
    """Return the configuration under which Alembic runs here."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
