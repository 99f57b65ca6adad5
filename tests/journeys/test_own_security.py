"""People who are signed in look after how they sign in, at `/auth/security`."""

import re

import pyotp
import pytest

from claimsmith.domain.users import IdentityType
from claimsmith.usecases.messages import list_messages
from claimsmith.usecases.policies import change_policy
from claimsmith.usecases.sso_sessions import list_sessions
from claimsmith.usecases.users import change_user
from tests.support.platform import open_platform
from tests.support.sign_in import OWN_PAGE, PASSWORD, Browser, codes_sent, make_application, sign_up

ADA = "ada@example.com"
HOME = "/auth/security"
NEW = "seven grey herons by a pond"
BOTH = ("mfa:authenticator_app", "mfa:email")


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        await change_policy(opened.context(), "mfa", {"policy": "optional", "enabled_factors": BOTH})
        yield opened


@pytest.fixture
async def application(opened):
    return await make_application(opened)


@pytest.fixture
async def browser(opened, application):
    """Return the browser of somebody who has just signed up and wants no second factor for now."""
    browser = Browser(opened, headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    page = await sign_up(browser, application, ADA)
    assert (await browser.send(page, "not-now")).callback["code"]
    return browser


async def another(opened, application):
    """Return another browser in which the same person is signed in."""
    browser = Browser(opened)
    page = await browser.begin(application)
    page = await browser.send(page, p_email=ADA)
    page = await browser.send(page, p_password=PASSWORD)
    return browser, page


async def with_app(opened, browser):
    """Set an app up; return it with the page of recovery codes that follows."""
    page = await browser.click(await browser.open(HOME), "add-app")
    app = pyotp.TOTP(re.search(r'id="totp-secret">([A-Z2-7]{32})<', page.text).group(1))
    page = await browser.send(page, p_confirmation_code=app.at(opened.clock()))
    opened.clock.move(60)
    return app, page


async def kinds_told(opened):
    return [each.kind for each in await list_messages(opened.context()) if "code_" not in each.kind]


async def sessions(opened):
    context = opened.context()
    async with context.reading() as work:
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
    return (await list_sessions(context, user.id)).sessions


def codes_on(page):
    return re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", page.text)


@pytest.mark.parametrize("page", ["", "/confirm", "/app", "/mail", "/password"])
async def test_nobody_sees_anything_who_is_not_signed_in(opened, page):
    answer = await Browser(opened).open(HOME + page)
    assert (answer.status, answer.parsed.forms) == (401, [])
    assert "You are not signed in in this browser." in answer.text


@pytest.mark.parametrize("page", ["", "/confirm", "/app", "/mail", "/password"])
async def test_a_form_without_the_token_of_the_session_or_from_another_site_is_refused(opened, browser, page):
    shown = await browser.open(HOME + page)
    token = shown.parsed.forms[0]["fields"]["form_token"] if shown.parsed.forms else ""
    for headers, given in ((OWN_PAGE, "0" * 64), (OWN_PAGE, ""), ({"sec-fetch-site": "cross-site"}, token)):
        sent = {"form_token": given, "action": "end-others"}
        answer = await browser.http.post(HOME + page, data=sent, headers=headers)
        assert answer.status_code == 403, (headers, given)
    theirs = await Browser(opened).http.post(HOME + page, data={"form_token": token}, headers=OWN_PAGE)
    assert theirs.status_code == 403


async def test_a_button_that_there_is_not_is_not_found(browser):
    page = await browser.open(HOME + "/password")
    fields = {**page.form("continue")["fields"], "action": "unheard-of"}
    assert (await browser.http.post(HOME, data=fields, headers=OWN_PAGE)).status_code == 404


async def test_an_app_is_set_up_with_recovery_codes_and_removed(opened, browser):
    page = await browser.open(HOME)
    assert "You have none yet." in page.text
    shown = await browser.click(page, "add-app")
    wrong = await browser.send(shown, p_confirmation_code="000000")
    assert (wrong.status, "This code is wrong or was used already." in wrong.text) == (400, True)
    secret = re.compile(r'id="totp-secret">([A-Z2-7]{32})<')
    assert secret.search(wrong.text).group(1) == secret.search(shown.text).group(1)
    app = pyotp.TOTP(secret.search(shown.text).group(1))
    page = await browser.send(wrong, p_confirmation_code=app.at(opened.clock()))
    codes = codes_on(page)
    assert (page.status, len(codes)) == (200, 10)
    assert page.response.headers["cache-control"] == "no-store"
    assert await kinds_told(opened) == ["factor_added"]
    opened.clock.move(60)

    page = await browser.click(page, "continue")
    assert "10 are left." in page.text
    assert codes_on(page) == []
    page = await browser.send(page, "confirm-remove-app")
    assert page.step == "confirm"  # the sign-in proved no second factor, and now there is one
    wrong = await browser.send(page, p_confirmation_code="000000")
    assert wrong.status == 400
    page = await browser.send(wrong, p_confirmation_code=app.at(opened.clock()))
    page = await browser.send(page, "confirm-remove-app")
    assert "The second factor is removed." in page.text
    assert "You have none yet." in page.text
    assert await kinds_told(opened) == ["factor_removed", "factor_added"]
    again = await browser.click(page, "add-app")
    assert secret.search(again.text).group(1) != app.secret


async def test_the_seed_of_a_set_up_belongs_to_its_session_and_its_hour(opened, application, browser):
    page = await browser.open(HOME + "/app")
    app = pyotp.TOTP(re.search(r'id="totp-secret">([A-Z2-7]{32})<', page.text).group(1))
    once = page.form("continue")["fields"]["once"]
    other, _ = await another(opened, application)
    theirs = await other.open(HOME + "/app")
    taken = await other.send(theirs, once=once, p_confirmation_code=app.at(opened.clock()))
    assert taken.status == 400
    for stale in ("", "0000000001." + "a" * 32, once + "a"):
        answer = await browser.send(page, once=stale, p_confirmation_code=app.at(opened.clock()))
        assert "This set-up took too long." in answer.text, stale


async def test_a_recovery_code_or_a_code_by_mail_proves_who_it_is_and_a_password_does_not(opened, browser):
    _, page = await with_app(opened, browser)
    codes = codes_on(page)
    page = await browser.open(HOME + "/confirm?next=mail")
    assert ("use-recovery" in page.parsed.links, "use-password" in page.parsed.links) == (True, False)
    fields = {**page.form("continue")["fields"], "way": "password", "p_password": PASSWORD}
    refused = await browser.http.post(HOME + "/confirm", data=fields, headers=OWN_PAGE)
    assert refused.status_code == 400
    page = await browser.click(page, "use-recovery")
    assert (await browser.send(page, p_recovery_code="AAAAA-AAAAA")).status == 400
    page = await browser.send(page, p_recovery_code=codes[0])
    assert page.step == "mail"
    opened.clock.move(1)
    page = await browser.send(page, "send-code")
    assert f"A code is on its way to {ADA}." in page.text
    assert (await browser.send(page, p_confirmation_code="000000")).status == 400
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert "The second factor is set up." in page.text
    assert "9 are left." in page.text

    opened.clock.move(901)
    page = await browser.send(page, "make-codes")
    page = await browser.click(page, "use-mail")
    opened.clock.move(1)
    page = await browser.send(page, "send-code")
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    page = await browser.send(page, "make-codes")
    assert len(set(codes_on(page)) - set(codes)) == 10
    assert (await kinds_told(opened))[0] == "recovery_codes_made"


async def test_after_a_quarter_of_an_hour_the_password_is_asked_for_and_the_session_renewed(opened, browser):
    opened.clock.move(901)
    page = await browser.click(await browser.open(HOME), "add-app")
    assert page.step == "confirm"
    before = dict(browser.http.cookies)
    wrong = await browser.send(page, p_password="something else")
    assert (wrong.status, "This is not your password." in wrong.text) == (400, True)
    page = await browser.send(wrong, p_password=PASSWORD)
    assert page.step == "app"
    renewed = dict(browser.http.cookies)
    assert renewed.keys() == before.keys()
    assert renewed != before
    thief = Browser(opened, cookies=before)
    assert (await thief.open(HOME)).status == 401
    for elsewhere in ("https://evil.test", "//evil.test", "/console", "../x"):
        page = await browser.open(f"{HOME}/confirm?next={elsewhere}")
        page = await browser.send(page, p_password=PASSWORD)
        assert str(page.response.url.path) == HOME


async def test_wrong_passwords_lock_here_as_at_the_sign_in(opened, browser):
    page = await browser.open(HOME + "/confirm")
    for _ in range(5):
        page = await browser.send(page, p_password="something else")
    assert (page.status, "This was tried too often." in page.text) == (429, True)
    assert (await browser.send(page, p_password=PASSWORD)).status == 429


async def test_a_password_is_changed_by_whoever_knows_it(opened, application, browser):
    other, page = await another(opened, application)
    assert page.callback["code"]
    page = await browser.click(await browser.open(HOME), "change-password")
    typed = {"p_current_password": PASSWORD, "p_first_password": NEW, "p_second_password": NEW}
    for changes, told in (
        ({"p_current_password": "something else"}, "This is not your password."),
        ({"p_second_password": "another one"}, "The two passwords differ."),
        ({"p_first_password": "short", "p_second_password": "short"}, "fewer than 8 characters"),
        ({"p_first_password": ADA, "p_second_password": ADA}, "one of those that are tried first"),
    ):
        refused = await browser.send(page, **{**typed, **changes})
        assert (refused.status, told in refused.text) == (400, True), told
    page = await browser.send(page, **typed)
    assert "Your password is changed." in page.text
    assert (await kinds_told(opened))[0] == "password_changed"
    assert (await other.open(HOME)).status == 200  # the box was not ticked

    page = await browser.click(page, "change-password")
    again = {"p_current_password": NEW, "p_first_password": PASSWORD, "p_second_password": PASSWORD}
    page = await browser.send(page, **again, p_end_other_sessions="1")
    assert page.status == 200
    assert (await other.open(HOME)).status == 401
    assert len(await sessions(opened)) == 1


async def test_sessions_are_seen_and_ended(opened, application, browser):
    first, _ = await another(opened, application)
    second, _ = await another(opened, application)
    page = await browser.open(HOME)
    assert "Firefox on Linux" in page.text
    assert "127.0.0.1" in page.text
    stranger = Browser(opened)
    theirs = await sign_up(stranger, application, "eve@example.com")
    await stranger.send(theirs, "not-now")
    fields = (await stranger.open(HOME + "/password")).form("continue")["fields"]
    for session in await sessions(opened):
        sent = {**fields, "action": "end", "session_id": session.id}
        assert (await stranger.http.post(HOME, data=sent, headers=OWN_PAGE)).status_code == 303
    assert len(await sessions(opened)) == 3

    page = await browser.send(page, "end-1")
    assert "You are signed out there." in page.text
    assert sorted([(await each.open(HOME)).status for each in (first, second)]) == [200, 401]
    page = await browser.send(page, "end-others")
    assert [(await each.open(HOME)).status for each in (first, second)] == [401, 401]
    assert "end-others" not in page.parsed.ids
    assert (await browser.open(HOME)).status == 200


async def test_a_factor_that_the_policy_does_not_allow_is_not_set_up(opened, browser):
    page = await browser.open(HOME + "/app")
    await change_policy(opened.context(), "mfa", {"policy": "off"})
    assert "add-app" not in (await browser.open(HOME)).parsed.ids
    refused = await browser.send(page, p_confirmation_code="000000")
    assert (refused.step, "This cannot be changed here." in refused.text) == ("security", True)


async def test_pages_are_in_the_language_of_the_browser(opened, application, browser):
    page = await browser.http.get(HOME, headers={"accept-language": "de"})
    assert "<h1>Sicherheit</h1>" in page.text
    assert '<html lang="de">' in page.text


async def test_a_suspended_person_is_not_signed_in(opened, browser):
    async with opened.context().storing() as work:
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
    await change_user(opened.context(), user.id, {"is_suspended": True})
    assert (await browser.open(HOME)).status == 401
