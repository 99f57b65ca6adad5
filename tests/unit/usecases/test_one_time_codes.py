"""A code is good once, for what it was made for, and for five tries."""

import asyncio

import pytest

from claimsmith.usecases import one_time_codes
from claimsmith.usecases.one_time_codes import check_code, issue_code
from tests.support.platform import open_platform


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


async def issued(opened, purpose="sign_in", subject="flow-1", lifetime_seconds=600) -> str:
    context = opened.context()
    async with context.storing() as work:
        code = await issue_code(work, context, purpose, subject, lifetime_seconds=lifetime_seconds)
    return code.reveal()


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_code_has_six_digits_and_works_once(opened):
    code = await issued(opened)
    assert len(code) == 6
    assert code.isdecimal()
    assert await check_code(opened.context(), "sign_in", "flow-1", f"{code[:3]} {code[3:]}")
    assert not await check_code(opened.context(), "sign_in", "flow-1", code)


async def test_a_code_is_bound_to_its_purpose_and_subject(opened):
    """W11, S20: a code of one browser or one purpose is worth nothing in another."""
    code = await issued(opened)
    assert not await check_code(opened.context(), "reset", "flow-1", code)
    assert not await check_code(opened.context(), "sign_in", "flow-2", code)
    assert await check_code(opened.context(), "sign_in", "flow-1", code)


async def test_the_sixth_try_fails_even_when_it_is_right(opened):
    code = await issued(opened)
    for _ in range(one_time_codes.MOST_TRIES):
        assert not await check_code(opened.context(), "sign_in", "flow-1", other(code))
    assert not await check_code(opened.context(), "sign_in", "flow-1", code)


async def test_guesses_in_parallel_count_one_by_one(opened):
    """V-054, V-060: the try is counted before it is compared."""
    code = await issued(opened)
    wrong = [check_code(opened.context(), "sign_in", "flow-1", other(code)) for _ in range(12)]
    assert not any(await asyncio.gather(*wrong))
    assert not await check_code(opened.context(), "sign_in", "flow-1", code)


async def test_of_two_who_have_the_code_one_wins(opened):
    code = await issued(opened)
    found = await asyncio.gather(*(check_code(opened.context(), "sign_in", "flow-1", code) for _ in range(4)))
    assert sorted(found) == [False, False, False, True]


async def test_a_code_expires(opened):
    code = await issued(opened, lifetime_seconds=60)
    opened.clock.move(60)
    assert not await check_code(opened.context(), "sign_in", "flow-1", code)


async def test_a_new_code_replaces_the_old_one_with_new_tries(opened):
    old = await issued(opened)
    for _ in range(one_time_codes.MOST_TRIES):
        await check_code(opened.context(), "sign_in", "flow-1", other(old))
    new = await issued(opened)
    if old != new:
        assert not await check_code(opened.context(), "sign_in", "flow-1", old)
    assert await check_code(opened.context(), "sign_in", "flow-1", new)


async def test_what_is_stored_is_not_the_code(opened):
    """Y07: six digits could be found from a hash."""
    code = await issued(opened)
    async with opened.context().storing() as work:
        stored = await work.one_time_codes.count_try("sign_in", "flow-1", now=work.now, most=5)
    assert len(stored.mac) == 32
    assert code.encode() not in stored.mac


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "1" * 100_000, "१२३४५६"])
async def test_anything_may_be_typed(opened, text):
    await issued(opened)
    assert not await check_code(opened.context(), "sign_in", "flow-1", text)
