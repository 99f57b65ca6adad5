"""People choose a plan when they sign up, where an environment asks for it."""

import pytest

from claimsmith.domain.users import IdentityType
from claimsmith.usecases import billing_customers, organizations, policies, pricing_tables
from tests.support.plans import sell_plans
from tests.support.platform import open_platform
from tests.support.rows import put, put_member
from tests.support.sign_in import PASSWORD, Browser, make_application, sign_up

ADA = "ada@example.com"
TEXTS = {
    "en": {"display_name": "Plus for teams", "cta": "Take Plus", "features": ["Everything"]},
    "de": {"display_name": "Plus für Teams", "cta": "Plus nehmen", "highlight": "Beliebt"},
}


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as platform:
        yield platform


@pytest.fixture
async def application(opened):
    return await make_application(opened)


async def sell(opened, type="user", **members):
    """Sell plans of a type, in a live table; ask for them when people sign up."""
    context = opened.context()
    await sell_plans(context, type)
    async with context.reading() as work:
        group = (await work.plans.find("plus")).group
    await pricing_tables.create_table(context, key="main", name="Main", group_key=group.key)
    plans = [{"plan_code": "plus", "texts": TEXTS}, {"plan_code": "free"}]
    changes = {"plans": plans, "is_live": True, "is_default": True, **members}
    await pricing_tables.change_table(context, "main", changes)
    await policies.change_policy(context, "access", {"is_pricing_table_shown": True})


async def agreement_of(opened, **owner):
    async with opened.context().reading() as work:
        if not owner:
            owner = {"user_id": (await work.users.find_by_identity(IdentityType.EMAIL, ADA)).id}
        customer = await billing_customers.customer_of(work, **owner)
        return await work.agreements.live_of(customer.id) if customer else None


@pytest.mark.parametrize(
    ("members", "switch"),
    [({"is_live": False}, True), ({"is_default": False}, True), ({}, False)],
)
async def test_nobody_is_asked_without_a_live_default_table_and_the_switch(
    opened, application, members, switch
):
    await sell(opened, **members)
    await policies.change_policy(opened.context(), "access", {"is_pricing_table_shown": switch})
    page = await sign_up(Browser(opened), application, ADA)
    assert "code" in page.callback
    assert await agreement_of(opened) is None


async def test_whoever_is_new_chooses_in_the_words_of_the_table(opened, application):
    await sell(opened)
    browser = Browser(opened, headers={"accept-language": "de"})
    page = await sign_up(browser, application, ADA)
    assert (page.step, page.status) == ("plan", 200)
    assert page.text.index("Plus für Teams") < page.text.index("Free wählen")
    assert "Beliebt" in page.text
    assert "kostenlos." in page.text
    page = await browser.send(page, "choose-plus")
    assert "code" in page.callback
    agreement = await agreement_of(opened)
    assert (agreement.plan_key, agreement.trial is not None) == ("plus", True)


async def test_what_the_table_does_not_show_cannot_be_chosen(opened, application):
    await sell(opened, plans=[{"plan_code": "plus"}])
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    form = page.form("choose-plus")
    sent = {**form["fields"], "p_plan": "free"}
    answer = await browser.http.post(form["action"], data=sent, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 400
    assert "cannot be chosen any more" in answer.text
    assert await agreement_of(opened) is None


async def test_a_plan_can_wait_until_somebody_is_a_customer(opened, application):
    await sell(opened)
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    page = await browser.send(page, "later")
    assert "code" in page.callback
    assert "code" in (await browser.begin(application, prompt="none")).callback
    assert "code" in (await sign_in_again(opened, application)).callback
    async with opened.context().reading() as work:
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
    await billing_customers.create_customer(opened.context(), user_id=user.id)
    assert "code" in (await browser.begin(application, prompt="none")).callback
    page = await sign_in_again(opened, application)
    assert page.step == "plan"


async def sign_in_again(opened, application):
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application), p_email=ADA)
    return await browser.send(page, p_password=PASSWORD)


async def test_members_who_may_change_it_choose_the_plan_of_a_customer(opened, application):
    await sell(opened, "organization")
    context = opened.context()
    code = (await organizations.create_organization(context, name="Zoo", members={}, feature_flags={})).code
    await billing_customers.create_customer(context, organization_code=code)
    await sign_up(Browser(opened), application, ADA)
    async with context.changing() as work:
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
        await put_member(work, user.id, code)
        await put(work, "permissions", id="perm_1", key="org:write:billing", name="Billing")
        work.record("permission", "all", "changed")

    async def signed_in():
        browser = Browser(opened)
        page = await browser.send(await browser.begin(application, org_code=code), p_email=ADA)
        return browser, await browser.send(page, p_password=PASSWORD)

    _, page = await signed_in()
    assert "code" in page.callback
    async with context.changing() as work:
        member = {"user_id": user.id, "organization_code": code}
        await put(work, "membership_permissions", **member, permission_id="perm_1")
    browser, page = await signed_in()
    assert page.step == "plan"
    page = await browser.send(page, "choose-free")
    assert "code" in page.callback
    assert (await agreement_of(opened, organization_code=code)).plan_key == "free"


async def test_an_application_names_the_plan(opened, application):
    await sell(opened)
    page = await sign_up(Browser(opened), application, ADA, plan_interest="plus")
    assert "code" in page.callback
    assert (await agreement_of(opened)).plan_key == "plus"
    unknown = await sign_up(Browser(opened), application, "bob@example.com", plan_interest="gold")
    assert unknown.step == "plan"


async def test_a_table_is_named_by_its_key(opened, application):
    await sell(opened, is_default=False)
    named = await sign_up(Browser(opened), application, ADA, pricing_table_key="main")
    assert named.step == "plan"
    unnamed = await sign_up(Browser(opened), application, "bob@example.com")
    assert "code" in unnamed.callback


async def test_who_founds_an_organization_chooses_its_plan(opened, application):
    await sell(opened, "organization")
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA, is_create_org="true", org_name="Analytical")
    page = await browser.send(page, p_org_name="Analytical")
    assert page.step == "plan"
    assert "It is for Analytical." in page.text
    page = await browser.send(page, "choose-free")
    assert "code" in page.callback
    async with opened.context().reading() as work:
        [found] = (await work.organizations.page_by_name(page_size=50, next_token=None)).items[:1]
    assert found.name == "Analytical"
    assert (await agreement_of(opened, organization_code=found.code)).plan_key == "free"
    plain = await sign_up(Browser(opened), application, "bob@example.com")
    assert "code" in plain.callback
