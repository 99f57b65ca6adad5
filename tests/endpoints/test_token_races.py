"""Codes and refresh tokens that are used by several at once, on SQLite and on PostgreSQL."""

import asyncio

import pytest

from claimsmith.storage import tables
from tests.support.platform import open_platform
from tests.support.rows import USER
from tests.support.signed_in import ORGANIZATION, sign_in

AT_ONCE = 12


@pytest.fixture(params=["sqlite", "postgresql"])
async def kim(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened, await opened.management() as management:
        yield await sign_in(opened, management)


async def at_once(call, times=AT_ONCE):
    return await asyncio.gather(*(call() for _ in range(times)))


async def test_one_code_redeemed_by_several_gives_one_answer_and_no_living_token(kim):
    """D04, D01, R-03: one wins, and because the others had a copy, what it won is revoked."""
    for _ in range(3):
        code = await kim.code()
        answers = await at_once(lambda code=code: kim.redeem(code))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200] + [400] * (AT_ONCE - 1)
        assert {each.json()["error"] for each in answers if each.status_code == 400} == {"invalid_grant"}
        (won,) = [answer.json() for answer in answers if answer.status_code == 200]
        assert not await kim.is_active(won["access_token"])
        assert (await kim.refresh(won["refresh_token"])).status_code == 400


async def test_refresh_token_used_by_several_within_the_grace_has_one_successor(kim):
    """G02, R-04."""
    tokens = await kim.tokens()
    for _ in range(3):
        answers = await at_once(lambda token=tokens["refresh_token"]: kim.refresh(token))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1
        assert len({answer.json()["access_token"] for answer in answers}) == AT_ONCE
        tokens = answers[0].json()
    assert await kim.is_active(tokens["access_token"])


async def test_refresh_token_used_by_several_without_a_grace_ends_the_family(kim):
    """G02, G05, R-04 (d): even within one second."""
    await set_grace(kim, 0)
    tokens = await kim.tokens()
    answers = await at_once(lambda: kim.refresh(tokens["refresh_token"]))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert not await kim.is_active(won[0]["access_token"])
    assert (await kim.refresh(won[0]["refresh_token"])).status_code == 400


async def test_old_refresh_token_used_by_several_ends_the_family(kim):
    """G01, R-05: after the grace period."""
    tokens = await kim.tokens()
    newest = (await kim.refresh(tokens["refresh_token"])).json()
    kim.opened.clock.move(31)
    answers = await at_once(lambda: kim.refresh(tokens["refresh_token"]))
    assert {answer.status_code for answer in answers} == {400}
    assert not await kim.is_active(newest["access_token"])
    assert (await kim.refresh(newest["refresh_token"])).status_code == 400


@pytest.mark.parametrize("ending", ["membership", "removal", "suspension", "revocation"])
async def test_nothing_that_is_minted_survives_an_end_that_comes_meanwhile(kim, ending):
    """G04, R-04 (c): what was issued before the end is dead with it, and nothing is issued after it."""
    tokens = await kim.tokens()
    answers, _ = await asyncio.gather(
        at_once(lambda: kim.refresh(tokens["refresh_token"])), end(kim, ending, tokens)
    )
    for answer in answers:
        if answer.status_code == 200:
            assert not await kim.is_active(answer.json()["access_token"])
            assert (await kim.userinfo(answer.json()["access_token"])).status_code == 401
            assert (await kim.refresh(answer.json()["refresh_token"])).status_code == 400
        else:
            assert answer.json()["error"] == "invalid_grant"
    assert (await kim.refresh(tokens["refresh_token"])).status_code == 400


async def end(kim, ending, tokens):
    await asyncio.sleep(0.02)
    if ending == "revocation":
        form = {**kim.web.credentials, "token": tokens["refresh_token"]}
        async with kim.opened.http() as http:
            assert (await http.post("/oauth2/revoke", data=form)).status_code == 200
        return
    if ending == "removal":
        await kim.manage("DELETE", f"/organizations/{ORGANIZATION}/users/{USER}")
        return
    async with kim.opened.context().storing() as work:
        if ending == "suspension":
            await work.connection.execute(
                work.grants.update(tables.users, tables.users.c.id == USER).values(is_suspended=True)
            )
        else:
            await work.connection.execute(work.grants.delete(tables.memberships))
        await work.grants.revoke_where(user_id=USER, organization_code=ORGANIZATION, because="test")


async def set_grace(kim, seconds):
    async with kim.opened.context().changing() as work:
        await work.connection.execute(
            tables.policies.insert().values(
                environment_id=work.environment_id, name="refresh", values={"grace_seconds": seconds}
            )
        )
        work.record("policy", "refresh", "changed")
