"""Users and organizations count once in a month, however many tokens they are issued."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.usage_limits import COUNTED_USE
from claimsmith.storage.tables import monthly_activity
from claimsmith.usecases.monthly_usage import MonthlyUsage, read_monthly_usage
from tests.endpoints.conftest import make_orders
from tests.support.people import make_user
from tests.support.platform import open_platform
from tests.support.rows import put_member, put_organization

JANUARY = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


async def test_each_counts_once_in_a_month(opened):
    context, usage, env = opened.context(), opened.platform.usage, opened.environment.id
    users = [await make_user(context, f"{name}@acme.test") for name in ("ada", "bob")]
    async with context.storing() as work:
        code = await put_organization(work, "org_acme")
        for user in users:
            await put_member(work, user, code)
    now = JANUARY.timestamp()
    for _ in range(3):
        usage.active(env, users[0], code, now)
        usage.active(env, "kp_deleted", "org_deleted", now)
        await usage.flush()
    usage.active(env, users[0], None, now + 86_400)
    months = await read_monthly_usage(context, first="2026-01", last="2026-02")
    assert [(each.month.month, each.active_users) for each in months] == [(2, 1), (1, 2)]
    assert months[1].active_organizations == 1
    async with context.reading() as work:
        rows = await work.connection.execute(
            select(func.count()).where(monthly_activity.c.environment_id == env)
        )
        assert rows.scalar_one() == 5


async def test_organization_of_one_is_not_active(opened):
    context = opened.context()
    user = await make_user(context, "ada@acme.test")
    async with context.storing() as work:
        await put_organization(work, "org_alone")
        await put_member(work, user, "org_alone")
    opened.platform.usage.active(opened.environment.id, user, "org_alone", JANUARY.timestamp())
    [month] = await read_monthly_usage(context, first="2026-01", last="2026-01")
    assert (month.active_users, month.active_organizations) == (1, 0)


async def test_tokens_of_machines_are_counted(opened):
    management = await opened.management()
    async with management:
        orders = await make_orders(opened, management)
        for _ in range(2):
            assert (await orders.token(scope="read:orders")).status_code == 200
        answer = await management.get("/api/v1/usage/months")
    month = f"{opened.clock():%Y-%m}"
    assert answer.json()["months"] == [
        {"month": month, "active_users": 0, "active_organizations": 0, "machine_tokens": 3}
    ]


@pytest.mark.parametrize("span", [("2026-02", "2026-01"), ("2020-01", "2026-01"), ("soon", None)])
async def test_spans_that_cannot_be_are_refused(tmp_path, span):
    async with open_platform(tmp_path) as opened:
        with pytest.raises(InvalidInput):
            await read_monthly_usage(opened.context(), first=span[0], last=span[1])


def test_counts_are_metered_features():
    usage = MonthlyUsage(JANUARY.date().replace(day=1), 1, 2, 3)
    assert usage.by_feature == {
        "usage.monthly_active_users": 1,
        "usage.monthly_active_organizations": 2,
        "usage.m2m_tokens": 3,
    }
    assert usage.by_feature.keys() == COUNTED_USE.keys()
