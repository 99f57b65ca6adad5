"""A sign-in under way is moved on by one of several answers, and ended by one."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.sign_in_flows import FlowState, SignInFlow, Step
from tests.storage.conftest import NOW

REQUEST = AuthorizationRequest(
    client_id="c1",
    redirect_uri="https://app.test/cb",
    scopes=("openid", "offline"),
    audiences=("https://api.test",),
    prompts=("login",),
    acr_values=("a",),
    marketing={"utm_source": "x"},
    original={"client_id": "c1"},
    requested_at=1_772_366_400,
)
STATE = FlowState(identity=("email", "a@b.test", "A@b.test"), methods=("pwd",), draft={"p_first_name": "A"})
FLOW = SignInFlow(
    hash=b"f" * 32,
    request=REQUEST,
    state=STATE,
    version=0,
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)


@pytest.fixture
async def stored(database):
    async with database.storing("one") as work:
        await work.sign_in_flows.add(FLOW, b"b" * 32)
    return database


async def test_one_of_another_environment_is_neither_found_nor_moved(stored):
    async with stored.storing("two") as work:
        assert await work.sign_in_flows.find(FLOW.hash) is None
        assert await work.sign_in_flows.advance(FLOW, STATE, NOW) is None
        assert not await work.sign_in_flows.end(FLOW, NOW)


async def test_is_found_as_it_was_stored(stored):
    async with stored.reading("one") as work:
        assert await work.sign_in_flows.find(FLOW.hash) == (FLOW, b"b" * 32)


async def test_of_several_answers_to_one_page_one_wins(stored):
    async def answer(step):
        async with stored.storing("one") as work:
            return await work.sign_in_flows.advance(FLOW, replace(STATE, step=step), NOW)

    steps = [Step.PASSWORD, Step.VERIFY, Step.MFA, Step.CONSENT]
    won = [each for each in await asyncio.gather(*map(answer, steps)) if each is not None]
    assert [each.version for each in won] == [1]
    async with stored.reading("one") as work:
        assert (await work.sign_in_flows.find(FLOW.hash))[0] == won[0]


async def test_ends_once_and_then_does_not_move(stored):
    async def end():
        async with stored.storing("one") as work:
            return await work.sign_in_flows.end(FLOW, NOW)

    assert sorted(await asyncio.gather(*(end() for _ in range(6)))) == [False] * 5 + [True]
    async with stored.storing("one") as work:
        found, _ = await work.sign_in_flows.find(FLOW.hash)
        assert (found.ended_at, found.version) == (NOW, 1)
        assert await work.sign_in_flows.advance(found, STATE, NOW) is None


async def test_one_out_of_time_neither_moves_nor_ends_and_is_swept(stored):
    later = FLOW.expires_at
    async with stored.storing("one") as work:
        assert await work.sign_in_flows.advance(FLOW, STATE, later) is None
        assert not await work.sign_in_flows.end(FLOW, later)
        await work.sign_in_flows.sweep(later)
        assert await work.sign_in_flows.find(FLOW.hash) is not None
        await work.sign_in_flows.sweep(later + timedelta(seconds=1))
        assert await work.sign_in_flows.find(FLOW.hash) is None
