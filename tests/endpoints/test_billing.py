"""Plans, customers, agreements, trials, entitlements and metered usage over the management API."""

from datetime import timedelta

import pytest

from claimsmith.usecases.environments import add_environment
from tests.endpoints.assertions import sound
from tests.support.plans import FREE, PLUS, make_customer, sell_plans

BILLING = "/api/v1/billing"
DAY = 86_400


@pytest.fixture
async def management(opened):
    async with await opened.management() as management:
        yield management


@pytest.fixture
async def selling(opened, management):
    """Sell two plans to organizations, and have one customer."""
    await sell_plans(opened.context())
    return management


@pytest.fixture
async def customer(opened, selling):
    return await make_customer(opened.context())


def codes(answer):
    return [each["code"] for each in answer.json()["errors"]]


async def sent(management, method, path, status, **options):
    answer = sound(await management.request(method, f"{BILLING}{path}", **options))
    assert answer.status_code == status, answer.text
    return answer.json()


PATHS = [
    ("GET", "/entitlements?customer_id=c"),
    ("GET", "/agreements?customer_id=c"),
    ("POST", "/agreements"),
    ("DELETE", "/agreements?agreement_id=a"),
    ("POST", "/trials"),
    ("POST", "/meter_usage"),
    ("GET", "/meter_usage?agreement_id=a"),
    ("GET", "/plans"),
    ("POST", "/plans"),
    ("POST", "/features"),
    ("GET", "/events"),
    ("POST", "/customers"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_strangers_are_refused(opened, method, path):
    async with opened.http() as stranger:
        answer = sound(await stranger.request(method, f"{BILLING}{path}", json={}))
    assert (answer.status_code, codes(answer)) == (401, ["INVALID_TOKEN"])


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/entitlements?customer_id=customer_none", None, 404, "CUSTOMER_NOT_FOUND"),
        ("GET", "/agreements?customer_id=customer_none", None, 404, "CUSTOMER_NOT_FOUND"),
        ("GET", "/agreements/agreement_none", None, 404, "AGREEMENT_NOT_FOUND"),
        ("DELETE", "/agreements?agreement_id=agreement_none", None, 404, "AGREEMENT_NOT_FOUND"),
        ("GET", "/plans/none", None, 404, "PLAN_NOT_FOUND"),
        ("POST", "/plans/none/versions", None, 404, "PLAN_NOT_FOUND"),
        ("POST", "/plans", {"key": "free", "name": "Free"}, 409, "PLAN_ALREADY_EXISTS"),
        ("POST", "/plans", {"key": "x", "name": "X", "group_key": "none"}, 404, "PLAN_GROUP_NOT_FOUND"),
        ("POST", "/plans", {"key": "x", "name": "X", "type": "business"}, 400, "TYPE_INVALID"),
        ("DELETE", "/plans/free", None, 403, "PLAN_PUBLISHED"),
        ("POST", "/plans/free/versions", None, 403, "PLAN_UNCHANGED"),
        ("POST", "/features", {"key": "calls", "name": "Calls"}, 409, "FEATURE_ALREADY_EXISTS"),
        ("DELETE", "/features/calls", None, 403, "FEATURE_IN_USE"),
        ("DELETE", "/features/none", None, 404, "FEATURE_NOT_FOUND"),
        ("DELETE", "/plan_groups/organization_plans", None, 403, "PLAN_GROUP_IN_USE"),
        ("POST", "/customers", {}, 400, "INVALID_INPUT"),
        ("POST", "/customers", {"user_id": "kp_none"}, 404, "USER_NOT_FOUND"),
        ("POST", "/customers", {"org_code": "org_none"}, 404, "ORGANIZATION_NOT_FOUND"),
    ],
)
async def test_what_cannot_be_is_refused(selling, method, path, body, status, code):
    answer = sound(await selling.request(method, f"{BILLING}{path}", json=body))
    assert (answer.status_code, codes(answer)) == (status, [code])


@pytest.mark.parametrize(
    ("contents", "field"),
    [
        ({"features": [{"feature": "none"}]}, "features[0].feature"),
        ({"features": [{"feature": "sso", "limit_max": 5}]}, "features[0].limit_max"),
        ({"features": [{"feature": "calls", "limit_max": -1}]}, "features[0].limit_max"),
        ({"features": [{"feature": "calls", "limit_max": 1, "limit_min": 2}]}, "features[0].limit_min"),
        ({"features": [{"feature": "calls"}, {"feature": "calls"}]}, "features[1].feature"),
        (
            {"features": [{"feature": "calls", "tiers": [{"up_to": 5, "unit_amount": 1}]}]},
            "features[0].tiers",
        ),
        (
            {"features": [{"feature": "calls", "unit_amount": 1, "tiers": [{"unit_amount": 1}]}]},
            "features[0].unit_amount",
        ),
        ({"features": [{"feature": "calls", "colour": 1}]}, "features[0].colour"),
        ({"charges": [{"key": "a", "price_name": "A"}]}, "charges[0].amount"),
        ({"charges": [{"key": "a", "price_name": "A", "amount": True}]}, "charges[0].amount"),
        (
            {
                "charges": [
                    {"key": "a", "price_name": "A", "amount": 1, "interval": "year", "annual_amount": 1}
                ]
            },
            "charges[0].annual_amount",
        ),
        ({"trial": {"days": 0}}, "trial.days"),
        ({"trial": {"at_end": "vanish"}}, "trial.at_end"),
        ({"trial": {"at_end": "pause", "fall_back_plan": "free"}}, "trial.fall_back_plan"),
        ({"trial": 30}, "trial"),
        ({"interval": "quarter"}, "interval"),
        ({"currency": "dollars"}, "currency"),
        ({"discount": 5}, "contents.discount"),
        ({"features": "calls"}, "features"),
    ],
)
async def test_contents_that_cannot_be_name_the_member(selling, contents, field):
    body = {"key": "wrong", "name": "Wrong", "contents": contents}
    answer = sound(await selling.post(f"{BILLING}/plans", json=body))
    assert answer.status_code == 400
    assert [(each["code"], each["field"]) for each in answer.json()["errors"]] == [("PLAN_INVALID", field)]


async def test_a_trial_cannot_fall_back_to_what_is_not_published(selling):
    body = {"key": "try", "name": "Try", "contents": {"trial": {"fall_back_plan": "none"}}}
    await sent(selling, "POST", "/plans", 201, json=body)
    refused = await sent(selling, "POST", "/plans/try/versions", 400)
    assert refused["errors"][0]["code"] == "FALL_BACK_PLAN_INVALID"


async def test_a_plan_is_drafted_published_and_published_anew(opened, management):
    feature = {"key": "calls", "name": "Calls", "is_metered": True, "unit": "call"}
    made = await sent(management, "POST", "/features", 201, json=feature)
    assert made["billing_feature"] == {**feature, "id": made["billing_feature"]["id"], "description": None}
    await sent(management, "POST", "/features", 201, json={"key": "sso", "name": "Single sign-on"})
    free = {"key": "free", "name": "Free", "contents": FREE}
    await sent(management, "POST", "/plans", 201, json=free)
    first = (await sent(management, "POST", "/plans/free/versions", 201))["version"]
    plus = await sent(
        management, "POST", "/plans", 201, json={"key": "plus", "name": "Plus", "contents": PLUS}
    )
    assert plus["billing_plan"]["status"] == "draft"
    assert plus["billing_plan"]["draft"]["trial"] == PLUS["trial"]
    changed = {"contents": {"features": [{"feature": "calls", "limit_max": 50, "is_hard": True}]}}
    await sent(management, "PATCH", "/plans/free", 200, json=changed)
    second = (await sent(management, "POST", "/plans/free/versions", 201))["version"]
    read = await sent(management, "GET", "/plans/free", 200)
    assert read["versions"] == [{**second, "agreements_count": 0}, {**first, "agreements_count": 0}]
    assert [each["contents"]["features"][0]["limit_max"] for each in read["versions"]] == [50, 100]
    assert first["contents"]["features"][0]["id"] == second["contents"]["features"][0]["id"]
    await sent(management, "DELETE", "/plans/plus", 200)
    listed = await sent(management, "GET", "/plans", 200)
    assert [(each["key"], each["status"], each["latest_version"]) for each in listed["billing_plans"]] == [
        ("free", "published", 2)
    ]


async def test_groups_and_features_are_renamed_and_deleted(management):
    group = {"key": "people", "name": "People", "type": "user"}
    made = (await sent(management, "POST", "/plan_groups", 201, json=group))["plan_group"]
    assert made == {**group, "id": made["id"], "is_default": True}
    other = {**group, "key": "more", "is_default": True}
    await sent(management, "POST", "/plan_groups", 201, json=other)
    await sent(management, "PATCH", "/plan_groups/people", 200, json={"name": "Folk"})
    listed = (await sent(management, "GET", "/plan_groups", 200))["plan_groups"]
    assert [(each["key"], each["name"], each["is_default"]) for each in listed] == [
        ("more", "People", True),
        ("people", "Folk", False),
    ]
    await sent(management, "DELETE", "/plan_groups/people", 200)
    await sent(management, "POST", "/features", 201, json={"key": "sso", "name": "SSO"})
    renamed = await sent(management, "PATCH", "/features/sso", 200, json={"name": "Single sign-on"})
    assert renamed["billing_feature"]["name"] == "Single sign-on"
    await sent(management, "PATCH", "/features/sso", 400, json={"unit": "login"})
    await sent(management, "DELETE", "/features/sso", 200)
    assert (await sent(management, "GET", "/features", 200))["billing_features"] == []


async def test_entitlements_of_a_customer_have_the_shape_of_the_platform(opened, selling, customer):
    await sent(selling, "POST", "/agreements", 200, json={"customer_id": customer.id, "plan_code": "plus"})
    query = {"customer_id": customer.id, "expand": "plans", "max_value": "99"}
    found = await sent(selling, "GET", "/entitlements", 200, params=query)
    now = opened.clock()
    plan = (await sent(selling, "GET", "/plans/plus", 200))["versions"][0]["contents"]
    assert found == {
        "code": "OK",
        "message": "Success",
        "has_more": False,
        "plans": [{"code": "plus", "subscribed_on": now.isoformat()}],
        "entitlements": [
            {
                "id": plan["features"][0]["id"],
                "fixed_charge": None,
                "price_name": "Calls of Plus",
                "unit_amount": 2,
                "feature_code": "calls",
                "feature_name": "Calls",
                "entitlement_limit_max": 1000,
                "entitlement_limit_min": 0,
            },
            {
                "id": plan["features"][1]["id"],
                "fixed_charge": None,
                "price_name": "Single sign-on",
                "unit_amount": None,
                "feature_code": "sso",
                "feature_name": "Single sign-on",
                "entitlement_limit_max": 99,
                "entitlement_limit_min": 0,
            },
            {
                "id": plan["charges"][0]["id"],
                "fixed_charge": 4900,
                "price_name": "Base price",
                "unit_amount": None,
                "feature_code": "base",
                "feature_name": "Base price",
                "entitlement_limit_max": 99,
                "entitlement_limit_min": None,
            },
        ],
    }
    first = await sent(selling, "GET", "/entitlements", 200, params={**query, "page_size": 1})
    assert (first["has_more"], len(first["entitlements"])) == (True, 1)
    after = {**query, "starting_after": first["entitlements"][0]["id"]}
    rest = await sent(selling, "GET", "/entitlements", 200, params=after)
    assert [each["feature_code"] for each in rest["entitlements"]] == ["sso", "base"]
    wrong = await sent(selling, "GET", "/entitlements", 400, params={**query, "max_value": "many"})
    assert wrong["errors"][0]["code"] == "MAX_VALUE_INVALID"


async def test_an_agreement_tells_its_periods_its_trial_and_its_story(opened, selling, customer):
    started = opened.clock()
    body = {"customer_id": customer.id, "plan_code": "plus"}
    made = (await sent(selling, "POST", "/agreements", 200, json=body))["agreement"]
    end = (started + timedelta(days=30)).isoformat()
    plan = (await sent(selling, "GET", "/plans/plus", 200))["versions"][0]
    group = (await sent(selling, "GET", "/plan_groups", 200))["plan_groups"][0]
    assert made == {
        "id": made["id"],
        "customer_id": customer.id,
        "plan_code": "plus",
        "plan_version": 1,
        "status": "trialing",
        "started_on": started.isoformat(),
        "expires_on": None,
        "billing_group_id": group["id"],
        "current_period_start": started.isoformat(),
        "current_period_end": end,
        "trial_ends_on": end,
        "scheduled": None,
        "entitlements": [
            {"feature_code": each["feature"], "entitlement_id": each["id"]}
            for each in plan["contents"]["features"]
        ],
    }
    for feature, count in (("sso", 1), ("none", 0)):
        query = {"customer_id": customer.id, "feature_code": feature}
        listed = await sent(selling, "GET", "/agreements", 200, params=query)
        assert listed["agreements"] == [made][:count]
    opened.clock.move(30 * DAY)
    async with await opened.management() as later:
        read = await sent(later, "GET", f"/agreements/{made['id']}", 200)
        held = (await sent(later, "GET", "/plans/free", 200))["versions"][0]["agreements_count"]
    assert (read["agreement"]["plan_code"], read["agreement"]["status"]) == ("free", "active")
    assert [each["type"] for each in read["events"]] == ["started", "trial_started"]
    assert held == 0  # the trial's end is true already, and nobody has written it down yet


async def test_changes_and_cancellations_are_scheduled_and_withdrawn(opened, selling, customer):
    body = {"customer_id": customer.id, "plan_code": "plus", "is_trial": False}
    made = (await sent(selling, "POST", "/agreements", 200, json=body))["agreement"]
    assert made["status"] == "active"
    later = {**body, "plan_code": "free", "when": "period_end", "is_prorate": True}
    changed = (await sent(selling, "POST", "/agreements", 200, json=later))["agreement"]
    assert changed["scheduled"] == {"on": made["current_period_end"], "plan_code": "free"}
    path = f"/agreements/{made['id']}/scheduled"
    assert (await sent(selling, "DELETE", path, 200))["agreement"] == made
    refused = await sent(selling, "DELETE", path, 403)
    assert refused["errors"][0]["code"] == "NOTHING_SCHEDULED"
    query = {"agreement_id": made["id"], "when": "period_end"}
    ending = (await sent(selling, "DELETE", "/agreements", 200, params=query))["agreement"]
    assert ending["scheduled"] == {"on": made["current_period_end"], "plan_code": None}
    paused = await sent(selling, "POST", f"/agreements/{made['id']}/pause", 200)
    assert (paused["agreement"]["status"], paused["agreement"]["entitlements"]) == ("paused", [])
    resumed = await sent(selling, "POST", f"/agreements/{made['id']}/resume", 200)
    assert resumed["agreement"] == ending
    over = await sent(selling, "DELETE", "/agreements", 200, params={"agreement_id": made["id"]})
    assert over["agreement"]["expires_on"] == opened.clock().isoformat()
    listed = await sent(selling, "GET", "/agreements", 200, params={"customer_id": customer.id})
    assert listed["agreements"] == []


async def test_trials_are_started_extended_and_ended(opened, selling, customer):
    body = {"customer_id": customer.id, "plan_code": "plus", "days": 7}
    tried = (await sent(selling, "POST", "/trials", 201, json=body))["agreement"]
    assert tried["trial_ends_on"] == (opened.clock() + timedelta(days=7)).isoformat()
    again = await sent(selling, "POST", "/trials", 403, json=body)
    assert again["errors"][0]["code"] == "PLAN_IN_FORCE"
    longer = {"customer_id": customer.id, "days": 7}
    extended = (await sent(selling, "PATCH", "/trials", 200, json=longer))["agreement"]
    assert extended["trial_ends_on"] == (opened.clock() + timedelta(days=14)).isoformat()
    query = {"customer_id": customer.id, "outcome": "convert"}
    await sent(selling, "DELETE", "/trials", 400, params={**query, "outcome": "explode"})
    ended = (await sent(selling, "DELETE", "/trials", 200, params=query))["agreement"]
    assert (ended["plan_code"], ended["status"], ended["trial_ends_on"]) == ("plus", "active", None)
    events = await sent(selling, "GET", "/events", 200, params={"customer_id": customer.id})
    assert [each["type"] for each in events["events"]] == [
        "customer.trial_ended",
        "customer.trial_extended",
        "customer.trial_started",
        "customer.agreement_created",
    ]
    assert events["events"][2]["data"] == {
        "plan_code": "plus",
        "plan_version": 1,
        "status": "trialing",
        "until": tried["trial_ends_on"],
        "by": events["events"][2]["data"]["by"],
    }


async def test_usage_is_metered(opened, selling, customer):
    body = {"customer_id": customer.id, "plan_code": "free"}
    made = (await sent(selling, "POST", "/agreements", 200, json=body))["agreement"]
    record = {"customer_agreement_id": made["id"], "billing_feature_code": "calls", "meter_value": "60"}
    key = {"Idempotency-Key": "report-1"}
    for _ in range(2):
        answer = await sent(selling, "POST", "/meter_usage", 200, json=record, headers=key)
    assert answer["meter_usage"] == {
        "feature_code": "calls",
        "used": 60,
        "limit": 100,
        "left": 40,
        "is_hard": True,
        "period_start": made["current_period_start"],
        "period_end": made["current_period_end"],
    }
    beyond = await sent(selling, "POST", "/meter_usage", 409, json=record)
    assert beyond["errors"][0]["code"] == "METER_LIMIT_REACHED"
    reused = await sent(
        selling, "POST", "/meter_usage", 409, json={**record, "meter_value": "1"}, headers=key
    )
    assert reused["errors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    for moment in ("yesterday", "2026-01-01T00:00:00"):
        wrong = {**record, "meter_usage_timestamp": moment}
        refused = await sent(selling, "POST", "/meter_usage", 400, json=wrong)
        assert refused["errors"][0]["code"] == "METER_USAGE_TIMESTAMP_INVALID"
    at = opened.clock().isoformat()
    whole = {**record, "meter_value": "5", "meter_type_code": "absolute", "meter_usage_timestamp": at}
    assert (await sent(selling, "POST", "/meter_usage", 200, json=whole))["meter_usage"]["used"] == 5
    read = await sent(selling, "GET", "/meter_usage", 200, params={"agreement_id": made["id"]})
    assert [each["used"] for each in read["meter_usage"]] == [5]


async def test_customers_are_found_and_changed(opened, selling, customer):
    body = {"org_code": customer.organization_code, "email": "pay@acme.test", "zone": "Europe/Berlin"}
    made = (await sent(selling, "POST", "/customers", 201, json=body))["customer"]
    assert made == {
        "id": customer.id,
        "type": "organization",
        "user_id": None,
        "created_on": customer.created_at.isoformat(),
        **body,
    }
    assert (await sent(selling, "GET", "/customers", 200))["customers"] == [made]
    changes = {"email": None, "zone": "UTC"}
    changed = (await sent(selling, "PATCH", f"/customers/{made['id']}", 200, json=changes))["customer"]
    assert changed == {**made, **changes}
    assert (await sent(selling, "GET", f"/customers/{made['id']}", 200))["customer"] == changed
    await sent(selling, "PATCH", f"/customers/{made['id']}", 400, json={"zone": "Mars"})


async def test_customers_are_moved_to_the_latest_version(selling, customer):
    body = {"customer_id": customer.id, "plan_code": "free"}
    await sent(selling, "POST", "/agreements", 200, json=body)
    await sent(selling, "PATCH", "/plans/free", 200, json={"name": "Free forever"})
    await sent(selling, "POST", "/plans/free/versions", 201)
    moved = await sent(selling, "POST", "/plans/free/move_customers", 200)
    assert (moved["version"], moved["moved_count"]) == (2, 1)
    read = (await sent(selling, "GET", "/plans/free", 200))["versions"]
    assert [each["agreements_count"] for each in read] == [1, 0]


async def test_another_environment_sees_nothing(opened, selling, customer):
    other = await add_environment(
        opened.platform, code="other", name="Other", issuer="http://127.0.0.1:8000/other"
    )
    await opened.platform.directory.catch_up()
    async with await opened.management(other) as stranger:
        base = f"{other.issuer}{BILLING}"
        answer = await stranger.get(f"{base}/entitlements", params={"customer_id": customer.id})
        assert (answer.status_code, codes(answer)) == (404, ["CUSTOMER_NOT_FOUND"])
        assert (await stranger.get(f"{base}/plans")).json()["billing_plans"] == []
