"""A transaction is whole or not at all, whichever way its statements go: past SQLAlchemy or through it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from claimsmith.domain.errors import Unavailable
from claimsmith.domain.sso_sessions import SsoSession
from claimsmith.storage import tables
from claimsmith.storage.database import Database, sqlite_url
from tests.storage.conftest import NOW
from tests.support.rows import USER, put_user
from tests.support.statements import Counted


@pytest.fixture
async def peopled(database):
    async with database.storing("one") as work:
        await put_user(work, first_name="Kim")
    return database


async def failures(database):
    async with database.reading("one") as work:
        return (await work.users.find(USER)).failed_sign_ins


async def described(work, number):
    """Write by SQLAlchemy, which sees what was written before."""
    users = tables.users
    return await work.users.run(
        update(users)
        .where(users.c.environment_id == "one", users.c.id == USER)
        .values(failed_sign_ins=users.c.failed_sign_ins * number)
    )


async def test_both_ways_are_one_transaction(peopled):
    async with peopled.storing("one") as work:
        await work.users.note_failed_sign_in(USER, 3)
        assert await described(work, 5) == 1
        await work.users.note_failed_sign_in(USER)
        assert (await work.users.find(USER)).failed_sign_ins == 16
    assert await failures(peopled) == 16


@pytest.mark.parametrize("ways", ["one", "both"])
async def test_what_is_raised_takes_everything_back(peopled, ways):
    with pytest.raises(LookupError):
        async with peopled.storing("one") as work:
            await work.users.note_failed_sign_in(USER)
            if ways == "both":
                await described(work, 5)
            assert (await work.users.find(USER)).failed_sign_ins
            raise LookupError
    assert await failures(peopled) == 0
    async with peopled.storing("one") as work:
        await work.users.note_failed_sign_in(USER)
    assert await failures(peopled) == 1


async def test_what_nobody_waits_for_is_written_at_the_end(peopled):
    async with peopled.storing("one") as work:
        await work.users.note_failed_sign_in(USER)
    assert await failures(peopled) == 1


async def test_what_is_asked_sees_what_nobody_waited_for(peopled):
    async with peopled.storing("one") as work:
        before = await work.users.find(USER)
        await work.users.note_failed_sign_in(USER)
        assert (await work.users.find(USER)).failed_sign_ins == before.failed_sign_ins + 1


async def test_an_error_of_what_nobody_waited_for_keeps_nothing(peopled):
    session = SsoSession("s1", "kp_nobody", NOW, NOW, NOW, NOW + timedelta(days=1), 60, methods=("pwd",))
    with pytest.raises(IntegrityError):
        async with peopled.storing("one") as work:
            await work.users.note_failed_sign_in(USER)
            await work.sso_sessions.add(session, b"hash")
    assert await failures(peopled) == 0


async def test_a_question_is_answered_once_until_something_is_written(peopled):
    async with Counted(peopled.engine) as counted, peopled.storing("one") as work:
        for _ in range(3):
            found = await work.users.find(USER)
        assert found.first_name == "Kim"
        await work.passwords.lock(USER, NOW)
        await work.users.find(USER)
    assert counted.kinds == ["SELECT", "UPDATE", "SELECT"]


async def test_a_look_sees_what_was_committed_meanwhile(peopled):
    async with peopled.reading("one") as work:
        assert (await work.users.find(USER)).failed_sign_ins == 0
        async with peopled.storing("one") as other:
            await other.users.note_failed_sign_in(USER)
        assert (await work.users.find(USER)).failed_sign_ins == 1


async def test_who_is_stopped_leaves_nothing_behind(peopled):
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def store():
        async with peopled.storing("one") as work:
            await work.users.note_failed_sign_in(USER)
            assert (await work.users.find(USER)).failed_sign_ins == 1
            begun.set()
            await stopped.wait()

    for _ in range(12):  # more than there are connections
        begun.clear()
        task = asyncio.create_task(store())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await failures(peopled) == 0
    async with peopled.storing("one") as work:
        await work.users.note_failed_sign_in(USER)
    assert await failures(peopled) == 1


async def test_who_is_stopped_while_the_database_works_leaves_nothing_behind(peopled):
    async def store():
        async with peopled.storing("one") as work:
            for _ in range(50):
                await work.passwords.count_failure(USER, NOW)
                await work.users.note_failed_sign_in(USER)
            raise LookupError

    for step in range(20):
        task = asyncio.create_task(store())
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises((asyncio.CancelledError, LookupError)):
            await task
    assert await failures(peopled) == 0


async def test_more_than_there_are_connections_wait_for_one(peopled):
    async def look():
        async with peopled.reading("one") as work:
            await work.users.find(USER)
            await asyncio.sleep(0.005)
            return (await work.users.find(USER)).first_name

    assert await asyncio.gather(*(look() for _ in range(40))) == ["Kim"] * 40


async def test_who_waits_for_too_long_is_told(tmp_path):
    database = Database(sqlite_url(tmp_path), now=lambda: NOW, pool_size=1)
    database._hand._timeout_seconds = 0.01
    async with database.across_environments():
        with pytest.raises(Unavailable):
            async with database.reading("one"):
                pass
    async with database.reading("one"):
        pass
    await database.close()
