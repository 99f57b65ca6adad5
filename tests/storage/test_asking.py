"""Questions that come together go together on SQLite, and are each by themselves on PostgreSQL."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import bindparam, select, update

from claimsmith.domain.errors import Unavailable
from claimsmith.storage.database import Database, sqlite_url
from claimsmith.storage.questions import OWN_ENVIRONMENT, Question
from claimsmith.storage.tables import users
from tests.storage.conftest import NOW
from tests.support.rows import USER, put_user

OWN = users.c.environment_id == OWN_ENVIRONMENT
NAME = Question(select(users.c.first_name, users.c.created_at, users.c.is_suspended).where(OWN))
COUNT_UP = Question(
    update(users)
    .where(OWN, users.c.id == bindparam("given_id"))
    .values(total_sign_ins=users.c.total_sign_ins + bindparam("given_more"))
    .returning(users.c.total_sign_ins)
)


@pytest.fixture
async def peopled(database):
    async with database.storing("one") as work:
        await put_user(work, first_name="Kim")
    return database


async def up(database, environment="one", more=1):
    return [row[0] for row in await database.ask(COUNT_UP, environment, id=USER, more=more)]


async def test_answers_are_what_python_knows(peopled):
    assert [tuple(row) for row in await peopled.ask(NAME, "one")] == [("Kim", NOW, False)]
    assert list(await peopled.ask(NAME, "two")) == []


async def test_each_of_many_that_write_sees_the_others(peopled):
    answers = await asyncio.gather(*(up(peopled) for _ in range(100)))
    assert sorted(each for answer in answers for each in answer) == list(range(1, 101))
    assert await up(peopled, "two") == []
    assert await up(peopled, more=0) == [100]


async def test_a_transaction_of_another_kind_is_not_disturbed(peopled):
    async def store():
        async with peopled.storing("one") as work:
            await work.users.note_failed_sign_in(USER)

    await asyncio.gather(*(up(peopled) for _ in range(20)), *(store() for _ in range(5)))
    assert await up(peopled, more=0) == [20]


async def test_who_stops_waiting_takes_nobody_along(peopled):
    asked = [asyncio.create_task(up(peopled)) for _ in range(12)]
    await asyncio.sleep(0)
    for task in asked[::2]:
        task.cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert all(len(answer) == 1 for answer in answers[1::2])
    assert len(await up(peopled)) == 1


async def test_a_lock_that_is_not_given_back_is_told_to_all_who_wait(tmp_path):
    database = Database(sqlite_url(tmp_path), now=lambda: NOW)
    async with database.across_environments(writes=True) as connection:
        await connection.run_sync(users.metadata.create_all)
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=1")
    other = sqlite3.connect(tmp_path / "claimsmith.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answers = await asyncio.gather(*(up(database) for _ in range(3)), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Unavailable}
        assert "database is locked" in answers[0].detail
        other.execute("ROLLBACK")
        assert await up(database) == []
    finally:
        other.close()
        await database.close()


async def test_no_database_is_told():
    database = Database("postgresql://nobody@127.0.0.1:9/none", now=lambda: NOW)
    with pytest.raises(Unavailable) as caught:
        await database.ask(NAME, "one")
    assert "127.0.0.1" in caught.value.detail
    await database.close()
