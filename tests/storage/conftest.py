"""Open databases for the storage tests: the same tests run on SQLite and on PostgreSQL."""

import shutil
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, make_url

from claimsmith.storage import tables
from claimsmith.storage.database import Database, sqlite_url
from claimsmith.storage.schema import migrate
from tests.support.platform import copy_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path):
    """Open a migrated database with two environments, `one` and `two`."""
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        if "postgresql" not in _migrated:
            _migrated["postgresql"] = postgres.new_database(name=TEMPLATE)
            await _migrate(_migrated["postgresql"])
        url = postgres.unmade()
        await copy_database(make_url(url), TEMPLATE)
    else:
        if "sqlite" not in _migrated:
            template = request.getfixturevalue("tmp_path_factory").mktemp(TEMPLATE)
            await _migrate(sqlite_url(template))
            _migrated["sqlite"] = template
        shutil.copytree(_migrated["sqlite"], tmp_path, dirs_exist_ok=True)
        url = sqlite_url(tmp_path)
    opened = Database(url, now=lambda: NOW)
    yield opened
    await opened.close()


TEMPLATE = "migrated"
_migrated = {}


async def _migrate(url):
    """Make the database whose copies are opened: making all tables takes its time."""
    made = Database(url, now=lambda: NOW)
    await migrate(made)
    async with made.across_environments(writes=True) as connection:
        for code in ("one", "two"):
            await connection.execute(
                insert(tables.environments).values(
                    id=code, code=code, name=code, issuer=f"https://{code}.test", created_at=NOW
                )
            )
    await made.close()
