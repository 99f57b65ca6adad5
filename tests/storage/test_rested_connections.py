"""A connection that rested is asked whether it lives; one that was in use a moment ago is not."""

import asyncpg
import pytest
from sqlalchemy import text

from claimsmith.domain.errors import Unavailable
from claimsmith.storage import rested_connections
from claimsmith.storage.database import Database
from tests.storage.conftest import NOW

OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def database(postgres_url):
    opened = Database(postgres_url, now=lambda: NOW)
    yield opened
    await opened.close()


async def look(database):
    async with database.across_environments() as connection:
        return (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()


async def end_connections(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    await connection.fetch(OTHERS, postgres_url.partition("@/")[2].partition("?")[0])
    await connection.close()


async def test_connection_that_ended_while_it_rested_is_replaced_unnoticed(
    database, postgres_url, monkeypatch
):
    monkeypatch.setattr(rested_connections, "RESTED_SECONDS", 0.0)
    first = await look(database)
    assert await look(database) == first
    await end_connections(postgres_url)
    assert await look(database) != first


async def test_connection_in_use_a_moment_ago_is_not_asked(database, postgres_url, monkeypatch):
    monkeypatch.setattr(rested_connections, "RESTED_SECONDS", 60.0)
    first = await look(database)
    await end_connections(postgres_url)
    with pytest.raises(Unavailable):
        await look(database)
    assert await look(database) != first
