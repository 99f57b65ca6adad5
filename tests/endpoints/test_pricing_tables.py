"""Pricing tables are kept over the management API."""

import pytest

from tests.support.plans import sell_plans

PATH = "/api/v1/billing/pricing_tables"


@pytest.fixture
async def shop(opened):
    await sell_plans(opened.context())
    async with opened.context().reading() as work:
        group = (await work.plans.find("plus")).group.key
    async with await opened.management() as management:
        yield management, group


async def test_a_table_is_made_changed_and_deleted(shop):
    management, group = shop
    made = await management.post(PATH, json={"key": "main", "name": "Main", "group_key": group})
    assert made.status_code == 201
    table = made.json()["pricing_table"]
    assert table.pop("id").startswith("pricing_table_")
    assert table == {
        "key": "main",
        "name": "Main",
        "group_key": group,
        "type": "organization",
        "is_live": False,
        "is_default": False,
        "plans": [{"plan_code": "free", "texts": {}}, {"plan_code": "plus", "texts": {}}],
    }
    texts = {"en": {"display_name": "Team", "features": ["All of it"]}}
    plans = [{"plan_code": "plus", "texts": texts}]
    changed = await management.patch(f"{PATH}/main", json={"plans": plans, "is_live": True})
    shown = (await management.get(f"{PATH}/main")).json()["pricing_table"]
    assert changed.json()["pricing_table"] == shown
    absent = {"cta": None, "features_heading": None, "highlight": None}
    expected = {"plan_code": "plus", "texts": {"en": {**texts["en"], **absent}}}
    assert (shown["plans"], shown["is_live"]) == ([expected], True)
    assert [each["key"] for each in (await management.get(PATH)).json()["pricing_tables"]] == ["main"]
    assert (await management.delete(f"{PATH}/main")).status_code == 200
    assert (await management.get(f"{PATH}/main")).status_code == 404


async def test_one_table_of_a_type_is_the_default_one(shop):
    management, group = shop
    for key in ("one", "two"):
        await management.post(PATH, json={"key": key, "name": key, "group_key": group})
        await management.patch(f"{PATH}/{key}", json={"is_default": True})
    found = (await management.get(PATH)).json()["pricing_tables"]
    assert {each["key"]: each["is_default"] for each in found} == {"one": False, "two": True}


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"plans": [{"plan_code": "gold"}]}, 400, "PRICING_TABLE_PLAN_UNFIT", "plans[0].plan_code"),
        ({"plans": [{"plan_code": "plus"}] * 2}, 400, "PRICING_TABLE_INVALID", "plans[1].plan_code"),
        (
            {"plans": [{"plan_code": "plus", "texts": {"EN!": {}}}]},
            400,
            "PRICING_TABLE_INVALID",
            "plans[0].texts",
        ),
        (
            {"plans": [{"plan_code": "plus", "texts": {"en": {"cta": "x" * 201}}}]},
            400,
            "PRICING_TABLE_INVALID",
            "plans[0].texts.en.cta",
        ),
        ({"plans": [], "is_live": True}, 400, "PRICING_TABLE_EMPTY", "is_live"),
    ],
)
async def test_what_cannot_be_shown_is_refused(shop, changes, status, code, field):
    management, group = shop
    await management.post(PATH, json={"key": "main", "name": "Main", "group_key": group})
    refused = await management.patch(f"{PATH}/main", json=changes)
    entry = refused.json()["errors"][0]
    assert (refused.status_code, entry["code"], entry["field"]) == (status, code, field)
    taken = await management.post(PATH, json={"key": "main", "name": "Main", "group_key": group})
    assert (taken.status_code, taken.json()["errors"][0]["code"]) == (409, "PRICING_TABLE_ALREADY_EXISTS")
