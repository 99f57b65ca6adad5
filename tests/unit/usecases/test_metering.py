"""Use is counted once, in the right period, and refused beyond a hard limit."""

import asyncio
from datetime import timedelta

import pytest

from claimsmith.domain.errors import AlreadyExists, InvalidInput, LimitReached, NotFound
from claimsmith.usecases import agreements
from claimsmith.usecases.agreement_changes import change_plan, pause_agreement, start_agreement
from claimsmith.usecases.billing_events import list_events
from claimsmith.usecases.metering import read_usage, record_usage
from tests.support.plans import make_customer, sell_plans
from tests.support.platform import open_platform

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


@pytest.fixture
async def context(opened):
    context = opened.context()
    await sell_plans(context)
    return context


@pytest.fixture
async def customer(context):
    return await make_customer(context)


@pytest.fixture
async def agreement(context, customer):
    return await agreements.decide(context, customer.id, start_agreement)


async def use(context, agreement, value, **named):
    usage = await record_usage(context, agreement_id=agreement.id, feature_key="calls", value=value, **named)
    return usage.used


async def test_repeated_key_is_counted_once(context, agreement):
    assert await use(context, agreement, "5", idempotency_key="a") == 5
    assert await use(context, agreement, "5", idempotency_key="a") == 5
    assert await use(context, agreement, "5", idempotency_key="b") == 10
    with pytest.raises(AlreadyExists) as refused:
        await use(context, agreement, "6", idempotency_key="a")
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    concurrent = [use(context, agreement, "1", idempotency_key="c") for _ in range(5)]
    await asyncio.gather(*concurrent)
    assert [each.used for each in await read_usage(context, agreement.id)] == [11]


async def test_hard_limit_holds_under_concurrency(context, agreement):
    await use(context, agreement, "95")
    tried = [use(context, agreement, "1") for _ in range(10)]
    results = await asyncio.gather(*tried, return_exceptions=True)
    refused = [each for each in results if isinstance(each, LimitReached)]
    assert (len(refused), refused[0].code) == (5, "METER_LIMIT_REACHED")
    assert (await read_usage(context, agreement.id))[0].left == 0
    assert await use(context, agreement, "-10") == 90


async def test_soft_limit_only_tells(context, customer, agreement):
    await agreements.decide(context, customer.id, change_plan, "plus")
    for value in ("799", "1", "500", "500"):
        await use(context, agreement, value)
    found = (await list_events(context, type="customer.meter_threshold_reached")).items
    assert [(each.data["percent"], each.data["used"]) for each in reversed(found)] == [(80, 800), (100, 1300)]


async def test_new_period_begins_at_nothing_and_takes_late_arrivals(opened, context, agreement):
    await use(context, agreement, "60")
    opened.clock.move(32 * DAY)
    assert (await read_usage(context, agreement.id))[0].used == 0
    late = opened.clock() - timedelta(days=10)
    assert await use(context, agreement, "7", used_at=late) == 7
    with pytest.raises(InvalidInput):
        await use(context, agreement, "1", used_at=opened.clock() + timedelta(days=1))


async def test_absolute_value_overrides(context, agreement):
    await use(context, agreement, "60")
    assert await use(context, agreement, "10", type="absolute") == 10
    assert await use(context, agreement, "5") == 15


async def test_use_of_what_is_not_included_is_refused(context, customer, agreement):
    with pytest.raises(NotFound) as missing:
        await record_usage(context, agreement_id=agreement.id, feature_key="sso", value="1")
    assert missing.value.code == "FEATURE_NOT_IN_PLAN"
    with pytest.raises(NotFound):
        await record_usage(context, agreement_id="agreement_none", feature_key="calls", value="1")
    await agreements.decide(context, customer.id, change_plan, "plus")
    with pytest.raises(InvalidInput) as unmetered:
        await record_usage(context, agreement_id=agreement.id, feature_key="sso", value="1")
    assert unmetered.value.code == "FEATURE_NOT_METERED"
    with pytest.raises(InvalidInput):
        await use(context, agreement, "1", type="sum")
    await agreements.decide(context, customer.id, pause_agreement)
    with pytest.raises(Exception) as paused:
        await use(context, agreement, "1")
    assert paused.value.code == "AGREEMENT_NOT_ACTIVE"
