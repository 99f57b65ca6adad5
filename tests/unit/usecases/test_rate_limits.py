"""Of many who try at once no more pass than may."""

import asyncio

import pytest

from claimsmith.usecases.rate_limits import TooOften, take
from tests.support.platform import open_platform


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


async def passes(opened, key="sign-in|192.0.2.1", limit=3) -> bool:
    try:
        await take(opened.context(), key, limit=limit, window_seconds=60)
    except TooOften:
        return False
    return True


async def test_only_so_many_pass_within_a_window(opened):
    assert [await passes(opened) for _ in range(5)] == [True, True, True, False, False]
    assert await passes(opened, "sign-in|192.0.2.2")
    opened.clock.move(59)
    with pytest.raises(TooOften) as refused:
        await take(opened.context(), "sign-in|192.0.2.1", limit=3, window_seconds=60)
    assert refused.value.retry_after_seconds == 1
    assert refused.value.message == "This was tried too often. Wait 1 seconds and try again."
    opened.clock.move(1)
    assert await passes(opened)


async def test_in_parallel_no_more_pass(opened):
    """R-19: the act is counted before it is judged, in the database that all processes share."""
    found = await asyncio.gather(*(passes(opened) for _ in range(10)))
    assert found.count(True) == 3


@pytest.mark.parametrize("key", ["", "\x00", "\ud800", "k" * 100_000])
async def test_any_key_can_be_counted(opened, key):
    assert await passes(opened, key)
