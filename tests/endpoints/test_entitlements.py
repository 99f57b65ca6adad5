"""What customers' plans include is in their tokens and at the account API, from the instant it is true."""

import pytest

from claimsmith.usecases import agreements, billing_customers, plans
from claimsmith.usecases.agreement_changes import cancel_agreement, change_plan, start_agreement
from claimsmith.usecases.agreement_trials import start_trial
from tests.endpoints.test_account_api import ask
from tests.endpoints.test_token import claims_of
from tests.endpoints.test_user_tokens import change, kim  # noqa: F401 - a fixture
from tests.support.plans import sell_plans
from tests.support.platform import open_platform
from tests.support.rows import USER
from tests.support.signed_in import AUDIENCE, ORGANIZATION, OTHER_ORGANIZATION

DAY = 86_400
FREE, PLUS = {"calls": 100}, {"calls": 1000, "sso": True}


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as platform:
        yield platform


@pytest.fixture
async def shop(kim):  # noqa: F811
    """Sell plans to organizations, and let the application's tokens say what they include."""
    await sell_plans(kim.opened.context())
    path = f"/applications/{kim.web.id}/token_profiles/access"
    await kim.manage("PUT", path, {"additional_claims": ["entitlements"]})
    return kim


async def customer_of(kim, **owner):  # noqa: F811
    owner = owner or {"organization_code": ORGANIZATION}
    return (await billing_customers.create_customer(kim.opened.context(), **owner)).id


async def decide(kim, customer, what, *given, **named):  # noqa: F811
    await agreements.decide(kim.opened.context(), customer, what, *given, **named)


async def claims(kim, **options):  # noqa: F811
    return claims_of((await kim.tokens(**options))["access_token"])


def told(claims):
    names = ("entitlements", "has_trial_period", "trial_expires_on")
    return {name: claims[name] for name in names if name in claims}


async def test_without_a_plan_nothing_is_said(shop):
    assert told(await claims(shop)) == {}


async def test_a_trial_is_in_the_next_token_and_gone_at_its_end(shop):
    """Nobody writes anything down in between."""
    customer = await customer_of(shop)
    await decide(shop, customer, start_agreement, "free")
    assert told(await claims(shop)) == {"entitlements": FREE}
    await decide(shop, customer, start_trial, "plus")
    ends_on = shop.opened.clock.at.timestamp() + 30 * DAY
    tried = told(await claims(shop))
    assert tried["entitlements"] == PLUS
    assert tried["has_trial_period"] is True
    assert tried["trial_expires_on"].endswith("Z")
    refreshed = (await shop.tokens())["refresh_token"]
    shop.opened.clock.move(10 * DAY)
    again = (await shop.refresh(refreshed)).json()
    assert told(claims_of(again["access_token"])) == tried
    shop.opened.clock.move(20 * DAY - 1)
    assert shop.opened.clock.at.timestamp() == ends_on - 1
    assert told(await claims(shop)) == tried
    shop.opened.clock.move(1)
    assert told(await claims(shop)) == {"entitlements": FREE}


@pytest.mark.parametrize(("at_end", "after"), [("convert", {"entitlements": {"sso": True}}), ("pause", {})])
async def test_a_trial_that_converts_stays_and_one_that_pauses_takes_everything(shop, at_end, after):
    """The token says so at the second of the end, for a person and for a machine; it is always issued."""
    context, fetched = shop.opened.context(), await machine(shop)
    contents = {"features": [{"feature": "sso"}], "trial": {"days": 14, "at_end": at_end}}
    await plans.create_plan(context, key="brief", name="Brief", type="organization", contents=contents)
    await plans.publish_plan(context, "brief")
    customer = await customer_of(shop)
    await decide(shop, customer, start_trial, "brief")
    shop.opened.clock.move(14 * DAY - 1)
    assert told(await claims(shop))["entitlements"] == (await fetched())["entitlements"] == {"sso": True}
    shop.opened.clock.move(1)
    assert told(await claims(shop)) == after
    assert await fetched() == after


async def test_changes_and_cancellation_are_in_the_next_token(shop):
    customer = await customer_of(shop)
    await decide(shop, customer, start_agreement, "free")
    await decide(shop, customer, change_plan, "plus", when="period_end")
    assert told(await claims(shop)) == {"entitlements": FREE}
    shop.opened.clock.move(32 * DAY)
    assert told(await claims(shop)) == {"entitlements": PLUS}
    await decide(shop, customer, cancel_agreement, when="now")
    assert told(await claims(shop)) == {}


async def test_the_organization_counts_and_else_the_user(shop):
    await sell_plans_of_users(shop)
    own = await customer_of(shop, user_id=USER)
    await decide(shop, own, start_agreement, "own")
    assert told(await claims(shop)) == {"entitlements": {"sso": True}}
    theirs = await customer_of(shop)
    await decide(shop, theirs, start_agreement, "free")
    assert told(await claims(shop)) == {"entitlements": FREE}
    for elsewhere in (OTHER_ORGANIZATION, None):
        assert told(await claims(shop, organization_code=elsewhere)) == {"entitlements": {"sso": True}}
    await decide(shop, theirs, cancel_agreement)
    assert told(await claims(shop)) == {"entitlements": FREE}
    shop.opened.clock.move(32 * DAY)
    assert told(await claims(shop)) == {"entitlements": {"sso": True}}


async def sell_plans_of_users(shop):
    context = shop.opened.context()
    await plans.create_plan(
        context, key="own", name="Own", type="user", contents={"features": [{"feature": "sso"}]}
    )
    await plans.publish_plan(context, "own")


async def machine(shop):
    """Make a machine of the organization that carries entitlements; return what fetches its claims."""
    body = {"name": "Robot", "type": "m2m", "org_code": ORGANIZATION}
    robot = (await shop.manage("POST", "/applications", body))["application"]
    await shop.manage("PATCH", f"/apis/{shop.api_id}/applications", {"applications": [{"id": robot["id"]}]})
    path = f"/applications/{robot['id']}/token_profiles/m2m"
    await shop.manage("PUT", path, {"additional_claims": ["entitlements"]})

    async def fetched():
        form = {"grant_type": "client_credentials", "audience": AUDIENCE}
        async with shop.opened.http() as http:
            sent = {**form, "client_id": robot["client_id"], "client_secret": robot["client_secret"]}
            answer = await http.post("/oauth2/token", data=sent)
        return told(claims_of(answer.json()["access_token"]))

    return fetched


async def test_a_machine_of_an_organization_carries_its_entitlements(shop):
    fetched = await machine(shop)
    assert await fetched() == {}
    customer = await customer_of(shop)
    await decide(shop, customer, start_agreement, "free")
    assert await fetched() == {"entitlements": FREE}
    await decide(shop, customer, start_trial, "plus")
    assert await fetched() == {"entitlements": PLUS}
    shop.opened.clock.move(30 * DAY)
    assert await fetched() == {"entitlements": FREE}


async def test_explanations_name_the_plan(shop):
    customer = await customer_of(shop)
    await decide(shop, customer, start_agreement, "free")
    await decide(shop, customer, start_trial, "plus")
    shop.opened.clock.move(31 * DAY)
    path = f"/applications/{shop.web.id}/token_profiles/access/preview"
    async with await shop.opened.management() as management:
        body = {"user_id": USER, "org_code": ORGANIZATION}
        seen = (await management.post(f"/api/v1{path}", json=body)).json()
    assert seen["claims"]["entitlements"] == FREE
    because = next(line["because"] for line in seen["trace"] if line["claim"] == "entitlements")
    assert "the plan free has been in force since" in because
    left = {line["claim"]: line["because"] for line in seen["omitted"]}
    assert "it was in plus, which was left on" in left["entitlements.sso"]
    assert left["has_trial_period"] == "No plan is being tried."


async def test_the_preview_of_a_machine_explains_its_entitlements(shop):
    await machine(shop)
    robots = (await shop.manage("GET", "/applications?page_size=50", None))["applications"]
    robot = next(each["id"] for each in robots if each["name"] == "Robot")
    path = f"/applications/{robot}/token_profiles/m2m/preview"
    seen = await shop.manage("POST", path, {"audience": AUDIENCE})
    assert {line["claim"]: line["because"] for line in seen["omitted"]}["entitlements"] == (
        "The organization has no plan."
    )
    await decide(shop, await customer_of(shop), start_agreement, "free")
    seen = await shop.manage("POST", path, {"audience": AUDIENCE})
    assert seen["claims"]["entitlements"] == FREE
    because = next(line["because"] for line in seen["trace"] if line["claim"] == "entitlements")
    assert "the plan free has been in force since" in because


# The account API


async def test_account_api_tells_the_plan_and_what_it_includes(shop):
    token = (await shop.tokens())["access_token"]
    nothing = (await ask(shop, "entitlements", token)).json()
    assert nothing == {
        "data": {"org_code": ORGANIZATION, "plans": [], "entitlements": []},
        "metadata": {"has_more": False, "next_page_starting_after": None},
    }
    await decide(shop, await customer_of(shop), start_agreement, "plus", with_trial=False)
    told = (await ask(shop, "entitlements", token)).json()["data"]
    at = shop.opened.clock.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert told["plans"] == [{"key": "plus", "subscribed_on": at}]
    ids = [each.pop("id") for each in told["entitlements"]]
    assert told["entitlements"] == [
        {
            "fixed_charge": None,
            "price_name": "Calls of Plus",
            "unit_amount": 2,
            "feature_key": "calls",
            "feature_name": "Calls",
            "entitlement_limit_max": 1000,
            "entitlement_limit_min": 0,
        },
        {
            "fixed_charge": None,
            "price_name": "Single sign-on",
            "unit_amount": None,
            "feature_key": "sso",
            "feature_name": "Single sign-on",
            "entitlement_limit_max": None,
            "entitlement_limit_min": 0,
        },
        {
            "fixed_charge": 4900,
            "price_name": "Base price",
            "unit_amount": None,
            "feature_key": "base",
            "feature_name": "Base price",
            "entitlement_limit_max": None,
            "entitlement_limit_min": None,
        },
    ]
    first = (await ask(shop, "entitlements", token, page_size="2")).json()
    assert first["metadata"] == {"has_more": True, "next_page_starting_after": ids[1]}
    rest = (await ask(shop, "entitlements", token, starting_after=ids[1])).json()
    assert [each["id"] for each in rest["data"]["entitlements"]] == ids[2:]
    assert rest["metadata"]["has_more"] is False


async def test_account_api_tells_one_entitlement(shop):
    await decide(shop, await customer_of(shop), start_agreement, "free")
    token = (await shop.tokens())["access_token"]
    one = (await ask(shop, "entitlement/calls", token)).json()
    assert one == (await ask(shop, "entitlement", token, key="calls")).json()
    assert (one["data"]["org_code"], one["metadata"]) == (ORGANIZATION, {})
    assert one["data"]["entitlement"]["entitlement_limit_max"] == 100
    lacking = await ask(shop, "entitlement/sso", token)
    assert (lacking.status_code, lacking.json()["errors"][0]["code"]) == (404, "FEATURE_NOT_IN_PLAN")
    nameless = await ask(shop, "entitlement", token)
    assert (nameless.status_code, nameless.json()["errors"][0]["code"]) == (400, "KEY_REQUIRED")
    await change(shop, "memberships", None)
    assert (await ask(shop, "entitlement/calls", token)).status_code == 401
