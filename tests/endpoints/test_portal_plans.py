"""People choose, try, change and cancel plans in the portal; those of an organization only who may."""

import pytest

from claimsmith.usecases import agreements, billing_customers
from claimsmith.usecases.agreement_changes import start_agreement
from claimsmith.usecases.metering import record_usage
from tests.endpoints.test_entitlements import FREE, PLUS, claims, machine, told
from tests.endpoints.test_portal import link
from tests.endpoints.test_user_tokens import kim  # noqa: F401 - a fixture
from tests.support.plans import sell_plans
from tests.support.platform import open_platform
from tests.support.rows import USER, put
from tests.support.sign_in import OWN_PAGE, Browser
from tests.support.signed_in import ORGANIZATION

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as platform:
        yield platform


@pytest.fixture
async def shop(kim):  # noqa: F811
    path = f"/applications/{kim.web.id}/token_profiles/access"
    await kim.manage("PUT", path, {"additional_claims": ["entitlements"]})
    return kim


async def permit(shop, key="org:write:billing"):
    async with shop.opened.context().changing() as work:
        await put(work, "permissions", id=f"perm_{key}", key=key, name=key)
        member = {"user_id": USER, "organization_code": ORGANIZATION}
        await put(work, "membership_permissions", **member, permission_id=f"perm_{key}")
        work.record("permission", "all", "changed")


async def opened_at(shop, subnav, **options):
    browser = Browser(shop.opened, **options)
    return browser, await browser.open(await link(shop, subnav=subnav))


async def test_pages_of_plans_are_not_advertised_where_nothing_is_sold(shop):
    _, page = await opened_at(shop, "profile")
    assert {"to-plan", "to-organization-plan"}.isdisjoint(page.parsed.links)
    await sell_plans(shop.opened.context())
    _, page = await opened_at(shop, "profile")
    assert "to-organization-plan" in page.parsed.links
    assert "to-plan" not in page.parsed.links


async def test_members_without_the_permission_see_and_change_nothing(shop):
    await sell_plans(shop.opened.context())
    browser, page = await opened_at(shop, "organization_plan_details")
    assert page.status == 403
    assert "Your roles do not let you see it." in page.text
    assert "choose-free" not in page.text
    fields = {**page.form("leave")["fields"], "plan": "free", "action": "choose"}
    sent = await browser.http.post("/portal/organization-plan", data=fields, headers=OWN_PAGE)
    assert sent.status_code == 403
    await permit(shop, "org:read:billing")
    page = await browser.open("/portal/organization-plan")
    assert page.status == 200
    assert "There is no plan yet." in page.text
    assert [each["id"] for each in page.parsed.forms] == [None]
    sent = await browser.http.post("/portal/organization-plan", data=fields, headers=OWN_PAGE)
    assert sent.status_code == 403
    assert told(await claims(shop)) == {}


async def test_a_plan_is_chosen_tried_changed_and_cancelled(shop):
    await sell_plans(shop.opened.context())
    await permit(shop)
    browser, page = await opened_at(shop, "organization_plan_selection")
    assert page.step == "organization-plan"
    page = await browser.send(page, "choose-free")
    assert "The plan is changed." in page.text
    assert told(await claims(shop)) == {"entitlements": FREE}
    page = await browser.send(page, "try-plus")
    assert 'id="trial"' in page.text
    assert "Try it for" not in page.text
    assert told(await claims(shop))["entitlements"] == PLUS
    page = await browser.send(page, "choose-plus")
    assert 'id="trial"' not in page.text
    assert "has_trial_period" not in told(await claims(shop))
    page = await browser.send(page, "later-free")
    assert "the plan changes to Free" in page.text
    assert told(await claims(shop)) == {"entitlements": PLUS}
    page = await browser.send(page, "keep")
    assert 'id="scheduled"' not in page.text
    page = await browser.send(page, "cancel")
    assert "the plan ends" in page.text
    assert told(await claims(shop)) == {"entitlements": PLUS}
    shop.opened.clock.move(32 * DAY)
    assert told(await claims(shop)) == {}


async def test_machines_of_the_organization_hear_of_it_at_once(shop):
    await sell_plans(shop.opened.context())
    await permit(shop)
    fetched = await machine(shop)
    assert await fetched() == {}
    browser, page = await opened_at(shop, "organization_plan_details")
    await browser.send(page, "choose-free")
    assert await fetched() == {"entitlements": FREE}


async def test_people_have_plans_of_their_own(shop):
    await sell_plans(shop.opened.context(), "user")
    browser, page = await opened_at(shop, "plan_details", headers={"accept-language": "de"})
    assert page.step == "plan"
    page = await browser.send(page, "try-plus")
    assert "Ihre Testphase hat begonnen." in page.text
    assert "49,00" in page.text
    elsewhere = await claims(shop, organization_code=None)
    assert (elsewhere["entitlements"], elsewhere["has_trial_period"]) == (PLUS, True)


async def test_use_is_shown_against_its_limit(shop):
    context = shop.opened.context()
    await sell_plans(context)
    await permit(shop)
    customer = await billing_customers.create_customer(context, organization_code=ORGANIZATION)
    made = await agreements.decide(context, customer.id, start_agreement, "free")
    await record_usage(context, agreement_id=made.id, feature_key="calls", value=40)
    _, page = await opened_at(shop, "organization_plan_details")
    assert '<progress id="usage-1" class="" max="100" value="40">' in page.text
    assert "40 of 100" in page.text


async def test_what_cannot_be_is_refused(shop):
    await sell_plans(shop.opened.context())
    await permit(shop)
    browser, page = await opened_at(shop, "organization_plan_details")
    fields = page.form("choose-free")["fields"]
    for more, status in (
        ({"action": "choose", "plan": "nothing"}, 404),
        ({"action": "cancel"}, 404),
        ({"action": "other"}, 404),
        ({"action": "keep", "form_token": "x"}, 403),
    ):
        sent = await browser.http.post("/portal/organization-plan", data={**fields, **more}, headers=OWN_PAGE)
        assert sent.status_code == status, more
    sent = await browser.http.post("/portal/plan", data={**fields, "action": "choose"}, headers=OWN_PAGE)
    assert sent.status_code == 403
