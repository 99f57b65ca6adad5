"""A database that went through every migration is the one that is made from the tables as they are now."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from claimsmith.storage.database import Database, sqlite_url
from claimsmith.storage.schema import HEAD, alembic_config, current_revision, migrate
from claimsmith.storage.tables import metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012")


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path):
    """Open a database that holds nothing."""
    postgresql = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if postgresql else sqlite_url(tmp_path)
    database = Database(url, now=lambda: datetime(2026, 3, 1, tzinfo=UTC))
    yield database
    await database.close()


async def upgraded_to(database, revision):
    async with database.across_environments(writes=True) as connection:
        await connection.run_sync(lambda each: command.upgrade(alembic_config(each), revision))


async def differences(database):
    """Return how a database differs from the tables as they are now."""

    def compared(connection):
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        found = inspect(connection)
        missing = {
            (table.name, index.name)
            for table in metadata.sorted_tables
            for index in table.indexes
            if index.name not in {each["name"] for each in found.get_indexes(table.name)}
        }
        return [*compare_metadata(context, metadata), *sorted(missing)]

    async with database.across_environments() as connection:
        return await connection.run_sync(compared)


def test_every_revision_is_tried():
    assert REVISIONS[-1] == HEAD


async def test_a_new_database_is_made_from_the_tables(database):
    assert await migrate(database) == (None, HEAD)
    assert await migrate(database) == (HEAD, HEAD)
    assert await differences(database) == []


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_older_database_comes_to_the_same_end(database, revision):
    await upgraded_to(database, revision)
    assert await current_revision(database) == revision
    assert await migrate(database) == (revision, HEAD)
    assert await differences(database) == []
