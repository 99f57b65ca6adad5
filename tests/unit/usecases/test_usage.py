"""What was counted is written once, whatever happens while it is written."""

import asyncio
from datetime import timedelta

import pytest

from claimsmith.tasks.background import background_work
from claimsmith.usecases import usage
from claimsmith.usecases.client_secrets import list_secrets
from claimsmith.usecases.usage import UsageCounter, read_usage
from tests.endpoints.conftest import make_orders
from tests.support.platform import open_platform


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as platform:
        yield platform


def count(opened, tokens: int) -> None:
    now = opened.clock().timestamp()
    for _ in range(tokens):
        opened.platform.usage.issued(opened.environment.id, "robot", "secret", now)
    opened.platform.usage.refused(opened.environment.id, "robot", "scope_malformed", now)


async def counted(opened) -> list[tuple[int, dict[str, int]]]:
    return [(each.issued, each.refused) for each in await read_usage(opened.context())]


async def blocked(opened):
    """Count three tokens and begin to write them while somebody else holds the same counter."""
    count(opened, 1)
    await opened.platform.usage.flush()
    count(opened, 2)
    context = opened.context()
    holder = context.storing()
    work = await holder.__aenter__()
    await work.usage.add(dict.fromkeys(await rows(opened), 0))
    writing = asyncio.create_task(opened.platform.usage.flush())
    await asyncio.sleep(0.1)
    assert not writing.done()
    return holder, writing


async def rows(opened):
    async with opened.context().reading() as work:
        today = opened.clock().date()
        return await work.usage.between(today, today)


async def test_write_that_is_broken_off_loses_nothing(opened):
    holder, writing = await blocked(opened)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await holder.__aexit__(None, None, None)
    assert await counted(opened) == [(3, {"scope_malformed": 2})]


async def test_reader_waits_for_a_write_that_has_begun(opened):
    holder, writing = await blocked(opened)
    reading = asyncio.create_task(counted(opened))
    await asyncio.sleep(0.05)
    await holder.__aexit__(None, None, None)
    assert await reading == [(3, {"scope_malformed": 2})]
    await writing


async def test_end_of_a_process_writes_what_was_counted_once(opened, monkeypatch):
    monkeypatch.setattr("claimsmith.tasks.background.FLUSH_SECONDS", 0.02)
    for _ in range(10):
        async with background_work(opened.platform):
            for _ in range(3):
                count(opened, 1)
                await asyncio.sleep(0.013)
    assert await counted(opened) == [(30, {"scope_malformed": 30})]


async def test_environment_that_cannot_be_written_holds_up_no_other(opened):
    """A counter of an environment that is not there is a defect; the counts of the others are written."""
    now = opened.clock().timestamp()
    opened.platform.usage.issued("0" * 32, "robot", "secret", now)
    opened.platform.usage.issued("f" * 32, "robot", "secret", now)
    count(opened, 1)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await opened.platform.usage.flush()
    assert [*(await rows(opened)).values()] == [1, 1]


async def test_last_used_goes_forward_alone(opened):
    """Two processes write their marks in any order."""
    management = await opened.management()
    orders = await make_orders(opened, management)
    await management.aclose()
    context = opened.context()
    [secret] = await list_secrets(context, orders.client_id)
    later = opened.clock().timestamp() + 10
    other = UsageCounter(opened.platform.database)
    other.issued(opened.environment.id, orders.client_id, secret.id, later)
    await other.flush()
    opened.platform.usage.issued(opened.environment.id, orders.client_id, secret.id, later - 5)
    await opened.platform.usage.flush()
    [secret] = await list_secrets(context, orders.client_id)
    assert secret.last_used_at == opened.clock() + timedelta(seconds=10)


def test_at_most_two_seconds_are_lost():
    """The documents say so: docs/explanation/freshness-and-loss.md."""
    assert usage.FLUSH_SECONDS == 2.0
