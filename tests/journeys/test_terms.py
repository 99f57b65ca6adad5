"""Whoever signs up accepts the terms where that is asked for, and it is kept which and when."""

from datetime import timedelta

import pytest

from claimsmith.domain.errors import NotFound
from claimsmith.domain.users import IdentityType
from claimsmith.usecases import accepted_terms, applications, policies, users
from tests.support.platform import open_platform
from tests.support.sign_in import PASSWORD, Browser, codes_sent, make_application

ADA = "ada@example.com"
NAMES = {"p_first_name": "Ada", "p_last_name": "Byron", "p_email": ADA}
TERMS, POLICY = "https://shop.test/terms-1", "https://shop.test/privacy-1"


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


async def ask_for_terms(opened):
    await policies.change_policy(opened.context(), "access", {"is_terms_acceptance_asked": True})


async def finish(browser, page):
    page = await browser.send(page, p_confirmation_code=(await codes_sent(browser.opened, ADA))[0])
    page = await browser.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert "code" in page.callback


async def accepted(opened):
    context = opened.context()
    [found] = (await users.list_users(context, identities={IdentityType.EMAIL: [ADA]})).items
    return await accepted_terms.list_accepted_terms(context, found.user.id)


async def test_nobody_signs_up_without_accepting(opened):
    await ask_for_terms(opened)
    application = await make_application(opened, terms_uri=TERMS, policy_uri=POLICY)
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application, prompt="create"), **NAMES)
    assert (page.status, page.step) == (400, "sign-up")
    assert "Accept the terms to go on" in page.text
    assert 'aria-invalid="true"' in page.text
    with pytest.raises(NotFound):
        await accepted_terms.list_accepted_terms(opened.context(), "kp_" + "0" * 32)


async def test_what_is_accepted_is_kept_with_its_address_and_moment(opened):
    await ask_for_terms(opened)
    application = await make_application(opened, terms_uri=TERMS, policy_uri=POLICY)
    browser = Browser(opened)
    page = await browser.begin(application, prompt="create")
    ticked_at = opened.clock()
    page = await browser.send(page, **NAMES, p_has_clickwrap_accepted="1")
    assert page.step == "verify"
    opened.clock.move(90)
    changes = {"terms_uri": "https://shop.test/terms-2"}
    await applications.change_application(opened.context(), application.id, changes)
    await finish(browser, page)
    found = await accepted(opened)
    assert [(each.kind.value, each.uri, each.client_id) for each in found] == [
        ("terms_of_use", TERMS, application.id),
        ("privacy_policy", POLICY, application.id),
    ]
    assert {abs(each.accepted_at - ticked_at) < timedelta(seconds=1) for each in found} == {True}


@pytest.mark.parametrize("is_asked", [True, False])
async def test_what_is_not_asked_for_is_not_kept(opened, is_asked):
    if is_asked:
        await ask_for_terms(opened)
    application = await make_application(opened, **({} if is_asked else {"terms_uri": TERMS}))
    browser = Browser(opened)
    page = await browser.begin(application, prompt="create")
    assert "p_has_clickwrap_accepted" not in page.parsed.ids
    await finish(browser, await browser.send(page, **NAMES, p_has_clickwrap_accepted="1"))
    assert await accepted(opened) == []


async def test_only_the_policy_that_there_is_is_accepted(opened):
    await ask_for_terms(opened)
    application = await make_application(opened, policy_uri=POLICY)
    browser = Browser(opened)
    page = await browser.begin(application, prompt="create")
    await finish(browser, await browser.send(page, **NAMES, p_has_clickwrap_accepted="1"))
    [found] = await accepted(opened)
    assert (found.kind.value, found.uri) == ("privacy_policy", POLICY)
    async with await opened.management() as management:
        answer = (await management.get(f"/api/v1/users/{found.user_id}/accepted_terms")).json()
        unknown = await management.get(f"/api/v1/users/kp_{'0' * 32}/accepted_terms")
    assert answer["accepted_terms"] == [
        {
            "kind": "privacy_policy",
            "uri": POLICY,
            "application_id": application.id,
            "accepted_on": found.accepted_at.isoformat(),
        }
    ]
    assert unknown.status_code == 404
    async with opened.http() as anonymous:
        refused = await anonymous.get(f"/api/v1/users/{found.user_id}/accepted_terms")
    assert refused.status_code == 401
