"""SSO sessions are found by the hash of their token, end once, and stay in their environment."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from claimsmith.domain.sso_sessions import SsoSession
from tests.storage.conftest import NOW
from tests.support.rows import USER, put_user

HASH, OTHER_HASH = b"a" * 32, b"b" * 32
HOUR = timedelta(hours=1)
SESSION = SsoSession(
    id="s1",
    user_id=USER,
    authenticated_at=NOW,
    created_at=NOW,
    last_seen_at=NOW,
    expires_at=NOW + HOUR,
    lifetime_seconds=3_600,
    methods=("pwd", "otp"),
    client_id="c1",
    organization_code="org_1",
    address="192.0.2.1",
    user_agent="Browser/1",
)


@pytest.fixture
async def stored(database):
    for code in ("one", "two"):
        async with database.storing(code) as work:
            await put_user(work)
    async with database.storing("one") as work:
        await work.sso_sessions.add(SESSION, HASH)
    return database


async def test_one_of_another_environment_is_not_found(stored):
    async with stored.reading("two") as work:
        assert await work.sso_sessions.find("s1") is None
        assert await work.sso_sessions.find_by_hash(HASH) is None
        assert await work.sso_sessions.live_of_user(USER, NOW, limit=9) == []
    async with stored.storing("two") as work:
        assert await work.sso_sessions.end("s1", NOW) is None
        assert await work.sso_sessions.end_of_user(USER, NOW) == []
        assert not await work.sso_sessions.renew(SESSION, OTHER_HASH, NOW)


async def test_is_found_as_it_was_stored(stored):
    async with stored.reading("one") as work:
        assert await work.sso_sessions.find_by_hash(HASH) == SESSION
        assert await work.sso_sessions.find("s1") == SESSION
        assert await work.sso_sessions.find_by_hash(OTHER_HASH) is None


async def test_ends_once(stored):
    async def end():
        async with stored.storing("one") as work:
            return await work.sso_sessions.end("s1", NOW)

    ended = [each for each in await asyncio.gather(*(end() for _ in range(8))) if each is not None]
    assert ended == [replace(SESSION, ended_at=NOW, expires_at=NOW)]
    async with stored.reading("one") as work:
        found = await work.sso_sessions.find("s1")
        assert not found.is_live(NOW)


async def test_a_renewed_one_forgets_its_old_token_and_one_that_ended_is_not_renewed(stored):
    renewed = replace(SESSION, methods=("pwd",), last_seen_at=NOW + timedelta(minutes=5))
    async with stored.storing("one") as work:
        assert await work.sso_sessions.renew(renewed, OTHER_HASH, NOW)
        assert await work.sso_sessions.find_by_hash(HASH) is None
        assert await work.sso_sessions.find_by_hash(OTHER_HASH) == renewed
        await work.sso_sessions.end("s1", NOW)
        assert not await work.sso_sessions.renew(renewed, HASH, NOW)
        assert not await work.sso_sessions.mark(renewed, NOW)


async def test_all_of_a_user_or_an_organization_end_and_the_swept_are_gone(stored):
    async with stored.storing("one") as work:
        await put_user(work, "kp_other")
        for number, user, organization in ((2, USER, "org_2"), (3, "kp_other", "org_1"), (4, USER, None)):
            session = replace(SESSION, id=f"s{number}", user_id=user, organization_code=organization)
            await work.sso_sessions.add(session, bytes([number]) * 32)
        live = await work.sso_sessions.live_of_user(USER, NOW, limit=9)
        assert [session.id for session in live] == ["s1", "s2", "s4"]
        ended = await work.sso_sessions.end_in_organization("org_1", NOW)
        assert sorted(session.id for session in ended) == ["s1", "s3"]
        ended = await work.sso_sessions.end_of_user(USER, NOW)
        assert sorted(session.id for session in ended) == ["s2", "s4"]
        await work.sso_sessions.sweep(NOW + timedelta(seconds=1))
        assert await work.sso_sessions.find("s4") is None


async def test_all_of_a_user_end_but_one(stored):
    async with stored.storing("one") as work:
        await work.sso_sessions.add(replace(SESSION, id="s2"), OTHER_HASH)
    async with stored.storing("one") as work:
        ended = await work.sso_sessions.end_of_user(USER, NOW, but="s1")
        assert [each.id for each in ended] == ["s2"]
        assert [each.id for each in await work.sso_sessions.live_of_user(USER, NOW, limit=9)] == ["s1"]


async def test_a_confirmation_is_kept(stored):
    confirmed = replace(SESSION, confirmed_at=NOW)
    async with stored.storing("one") as work:
        assert await work.sso_sessions.renew(confirmed, OTHER_HASH, NOW)
        assert await work.sso_sessions.find("s1") == confirmed
