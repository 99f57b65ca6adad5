"""What a business uses in a month is summed, shown beside its limits, and told at 80 and 100 %, once."""

import asyncio

import pytest
from structlog.testing import capture_logs

from claimsmith.usecases import business_plans, environments
from claimsmith.usecases.business_usage import read_usage, tell_usage
from claimsmith.usecases.plans_file import put_in_force
from tests.endpoints.conftest import make_orders
from tests.support.console import signed_in
from tests.support.operator_plans import DAY, sample_plans
from tests.support.platform import open_platform

USERS = "usage.monthly_active_users"
REACHED = "business.usage_threshold_reached"


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        await put_in_force(opened.platform, limited(USERS, 10))
        yield opened


def limited(key, most):
    """Return the sample plans, in which Free has a limit and Pro has none."""
    document = sample_plans()
    document["plans"][0]["limits"] |= {key: most}
    document["plans"][1]["includes"].append(key)
    return document


def be_active(opened, count, environment_id=None):
    now = opened.clock().timestamp()
    for number in range(count):
        opened.platform.usage.active(environment_id or opened.environment.id, f"kp_{number}", None, now)


async def told(opened):
    async with opened.context().reading() as work:
        page = await work.billing_events.page_newest(type=REACHED, page_size=50, next_token=None)
    return sorted((each.data["month"], each.data["limit"], each.data["percent"]) for each in page.items)


async def told_now(opened):
    await opened.platform.usage.flush()
    with capture_logs() as logs:
        count = await tell_usage(opened.platform)
    lines = [each for each in logs if each["event"] == "business_usage"]
    assert len(lines) == count
    return [(each["business"], each["feature"], each["percent"], each["used"]) for each in lines]


async def test_events_and_log_tell_80_and_100_percent_once_in_a_month(opened):
    month = f"{opened.clock():%Y-%m}"
    be_active(opened, 7)
    assert await told_now(opened) == []
    be_active(opened, 8)
    assert await told_now(opened) == [("default", USERS, 80, 8)]
    assert await told_now(opened) == []
    be_active(opened, 12)
    await opened.platform.usage.flush()
    assert sorted(await asyncio.gather(*(tell_usage(opened.platform) for _ in range(3)))) == [0, 0, 1]
    assert await told(opened) == [(month, 10, 80), (month, 10, 100)]
    opened.clock.move(31 * DAY)
    be_active(opened, 10)
    assert [percent for _, _, percent, _ in await told_now(opened)] == [80, 100]


async def test_environments_of_a_business_are_summed_and_each_is_told(opened):
    platform, issuer = opened.platform, "http://127.0.0.1:8000/staging"
    await environments.add_environment(platform, code="staging", name="Staging", issuer=issuer)
    await platform.directory.catch_up()
    other = next(each for each in platform.directory.runtimes if each.id != opened.environment.id)
    be_active(opened, 4)
    be_active(opened, 5, other.id)
    assert await told_now(opened) == [("default", USERS, 80, 9)]
    async with platform.database.reading(other.id) as work:
        page = await work.billing_events.page_newest(type=REACHED, page_size=50, next_token=None)
    assert [each.data["used"] for each in page.items] == [9]


async def test_larger_plan_lifts_the_limit_and_its_trial_is_worth_it(opened):
    document = {"default_plan": "free", "plans": limited(USERS, 10)["plans"][:1]}
    document["plans"] += [{"key": "more", "name": "More", "based_on": "free", "trial": {"days": 30}}]
    document["plans"][1]["limits"] = {USERS: 20}
    await put_in_force(opened.platform, document)
    be_active(opened, 10)
    found = await business_plans.start_trial(opened.context(), "more")
    users, organizations, tokens = await read_usage(opened.context(), found)
    assert (users.used, users.limit, users.percent) == (10, 20, 50)
    assert (organizations.limit, tokens.limit, tokens.percent) == (None, None, None)
    assert await told_now(opened) == []


async def test_no_token_is_refused_and_api_and_console_show_what_is_used(opened):
    await put_in_force(opened.platform, limited("usage.m2m_tokens", 2))
    async with await opened.management() as management:
        issued = await issue_more_than_the_plan_has(opened, management)
        found = (await management.get("/api/v1/plan")).json()
    by_key = {each["key"]: each for each in found["used_this_month"]}
    assert [*by_key] == [USERS, "usage.monthly_active_organizations", "usage.m2m_tokens"]
    assert by_key["usage.m2m_tokens"] == {
        "key": "usage.m2m_tokens",
        "name": "M2M tokens in a month",
        "used": issued,
        "limit": 2,
    }
    assert by_key[USERS]["limit"] is None
    free = next(each for each in found["plans"] if each["key"] == "free")
    assert {"key": "usage.m2m_tokens", "limit": 2} in free["features"]
    page = (await (await signed_in(opened)).get("/plan")).text
    assert f"{issued} of 2" in page
    assert "Nobody is refused a token" in page
    assert "M2M tokens in a month: 2" in page


async def issue_more_than_the_plan_has(opened, management):
    """Issue more tokens than the plan has; return how many."""
    await put_in_force(opened.platform, None)
    orders = await make_orders(opened, management)
    await put_in_force(opened.platform, limited("usage.m2m_tokens", 2))
    for _ in range(3):
        assert (await orders.token(scope="read:orders")).status_code == 200
    return 4


async def test_nothing_is_told_without_plans_or_limits(tmp_path):
    async with open_platform(tmp_path) as opened:
        be_active(opened, 9)
        assert await told_now(opened) == []
        await put_in_force(opened.platform, sample_plans())
        assert await told_now(opened) == []
