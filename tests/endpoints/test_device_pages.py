"""People answer devices on pages: after a sign-in, with a code they compare, by a button they press."""

import pytest

from claimsmith.usecases import applications
from tests.support.platform import open_platform
from tests.support.sign_in import OWN_PAGE, Browser, Page, make_application, sign_up

ADA = "ada@example.com"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
async def begun(opened):
    """Begin the request of a television; return what the television is told and a function that polls."""
    made = await applications.create_application(opened.context(), name="Television", type="device")
    client_id = made.application.id
    http = opened.http()
    form = {"client_id": client_id, "scope": "openid profile offline"}
    told = (await http.post("/oauth2/device/auth", data=form)).json()

    async def poll():
        opened.clock.move(6)
        grant_type = "urn:ietf:params:oauth:grant-type:device_code"
        return await http.post(
            "/oauth2/token",
            data={"grant_type": grant_type, "client_id": client_id, "device_code": told["device_code"]},
        )

    return told, poll


async def entered(browser, code):
    page = await browser.open("/device")
    form = page.form("continue")
    return await browser.follow(
        await browser.http.post(form["action"], data={"user_code": code}, headers=OWN_PAGE)
    )


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "https://else.test"}])
async def test_a_form_of_another_site_is_refused(opened, begun, headers):
    told, _ = begun
    http = Browser(opened).http
    fields = {"user_code": told["user_code"], "action": "allow"}
    for path in ("/device", "/device/answer"):
        assert (await http.post(path, data=fields, headers=headers)).status_code == 403


async def test_a_code_that_is_not_known_is_asked_for_again(opened, begun):
    page = await entered(Browser(opened), "BCDF-GHJK")
    assert (page.status, page.step) == (404, "device")
    assert "This code is not known" in page.text


async def test_nobody_answers_without_being_signed_in(opened, begun):
    told, poll = begun
    browser = Browser(opened)
    page = await browser.open(told["verification_uri_complete"])
    assert (page.status, "allow" in page.parsed.ids) == (200, False)
    fields = {"user_code": told["user_code"], "action": "allow", "form_token": "0" * 64}
    assert (await browser.http.post("/device/answer", data=fields, headers=OWN_PAGE)).status_code == 403
    assert (await poll()).json()["error"] == "authorization_pending"


async def test_a_person_signs_in_and_lets_the_device_in(opened, begun):
    told, poll = begun
    await sign_up(Browser(opened), await make_application(opened), ADA)
    browser = Browser(opened)
    page = await entered(browser, told["user_code"].lower())
    assert page.step == "sign-in"
    page = await browser.send(page, p_email=ADA)
    page = await browser.send(page, p_password="orange kettle over nine hills")
    assert (page.status, page.step) == (200, "device")
    assert "Television" in page.text
    assert (await poll()).json()["error"] == "authorization_pending"
    page = await browser.send(page, "allow")
    assert "The device is connected" in page.text
    tokens = (await poll()).json()
    assert {"access_token", "id_token", "refresh_token"} <= tokens.keys()


async def test_a_person_turns_the_device_away(opened, begun):
    told, poll = begun
    browser = Browser(opened)
    await sign_up(browser, await make_application(opened), ADA)
    page: Page = await browser.open(told["verification_uri_complete"])
    page = await browser.send(page, "deny")
    assert "The device is turned away" in page.text
    assert (await poll()).json()["error"] == "access_denied"
    again = await browser.open(told["verification_uri_complete"])
    assert (again.status, "allow" in again.parsed.ids) == (404, False)
