"""Open databases for the storage tests: the same tests run on SQLite and on PostgreSQL."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from claimsmith.storage import tables
from claimsmith.storage.database import Database, sqlite_url
from claimsmith.storage.schema import migrate

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path):
    """Open a migrated database with two environments, `one` and `two`."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = sqlite_url(tmp_path)
    database = Database(url, now=lambda: NOW)
    await migrate(database)
    async with database.across_environments(writes=True) as connection:
        for code in ("one", "two"):
            await connection.execute(
                insert(tables.environments).values(
                    id=code, code=code, name=code, issuer=f"https://{code}.test", created_at=NOW
                )
            )
    yield database
    await database.close()
