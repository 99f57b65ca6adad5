"""People sign up and in through the pages, without scripts, and come back to the application with a code."""

import pytest

from tests.support.platform import open_platform
from tests.support.sign_in import PASSWORD, Browser, make_application, sign_up

ADA = "ada@example.com"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


async def test_somebody_new_signs_up_with_a_password(opened):
    application = await make_application(opened)
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    assert page.status == 303
    told = page.callback
    assert told.keys() == {"code", "scope", "state", "iss"}
    assert told["state"] == "state-1"


async def test_somebody_known_signs_in_with_the_password(opened):
    application = await make_application(opened)
    await sign_up(Browser(opened), application, ADA)
    browser = Browser(opened)
    page = await browser.begin(application)
    assert page.step == "sign-in"
    page = await browser.send(page, p_email="ADA@example.com ")
    assert page.step == "password"
    page = await browser.send(page, p_password="wrong password of somebody")
    assert (page.status, page.step) == (400, "password")
    page = await browser.send(page, p_password=PASSWORD)
    assert "code" in page.callback
    again = await browser.begin(application)
    assert "code" in again.callback
