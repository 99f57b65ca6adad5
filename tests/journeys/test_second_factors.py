"""Somebody sets up a second factor, signs in with it, loses it; another one signs in with a passkey."""

import html
import json
import re

import pyotp
import pytest

from claimsmith.domain.users import IdentityType
from claimsmith.usecases.member_rights import add_member_role
from claimsmith.usecases.organization_policies import change_organization_mfa
from claimsmith.usecases.organizations import change_organization
from claimsmith.usecases.policies import change_policy
from tests.support.authenticator import Authenticator
from tests.support.people import make_role
from tests.support.platform import open_platform
from tests.support.sign_in import PASSWORD, Browser, codes_sent, make_application, sign_up

ADA = "ada@example.com"
LOCALHOST = "http://localhost:8000"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
async def application(opened):
    return await make_application(opened)


async def require(opened, policy="required", *factors, **members):
    enabled = factors or ("mfa:authenticator_app",)
    await change_policy(opened.context(), "mfa", {"policy": policy, "enabled_factors": enabled, **members})


def app_of(page):
    """Return the authenticator app that the page's key was typed into."""
    return pyotp.TOTP(re.search(r'id="totp-secret">([A-Z2-7]{32})<', page.text).group(1))


async def signed_in_with(opened):
    """Return the methods of the one session that there is."""
    async with opened.context().reading() as work:
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
        [session] = await work.sso_sessions.live_of_user(user.id, work.now, limit=2)
    return session.methods


async def password_given(opened, application, **parameters):
    """Return the page after the password, in a browser of its own."""
    browser = Browser(opened)
    page = await browser.begin(application, **parameters)
    page = await browser.send(page, p_email=ADA)
    assert page.step == "password", page.text
    return browser, await browser.send(page, p_password=PASSWORD)


@pytest.fixture
async def with_app(opened, application):
    """Return the app and the recovery codes of somebody who has signed up where both are required."""
    await require(opened)
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    app = app_of(page)
    page = await browser.send(page, p_confirmation_code=app.at(opened.clock()))
    codes = re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", page.text)
    assert (page.step, len(codes)) == ("recovery-codes", 10)
    assert (await browser.send(page)).callback["code"]
    opened.clock.move(60)
    return app, codes


async def test_who_signs_up_sets_up_an_app_and_keeps_recovery_codes(opened, application):
    await require(opened)
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    assert page.step == "mfa-setup"
    assert 'src="data:image/png;base64,' in page.text
    assert "not-now" not in page.parsed.ids
    app = app_of(page)
    again = await browser.open(str(page.response.url))
    assert app_of(again).secret == app.secret
    wrong = await browser.send(again, p_confirmation_code="000000")
    assert (wrong.status, wrong.step) == (400, "mfa-setup")
    assert "This code is wrong or was used already." in wrong.text
    page = await browser.send(wrong, p_confirmation_code=app.at(opened.clock()))
    assert page.step == "recovery-codes"
    shown_again = await browser.open(str(page.response.url))
    assert re.findall(r"<code>.{11}</code>", shown_again.text) == re.findall(r"<code>.{11}</code>", page.text)
    done = await browser.send(page)
    assert set(done.callback) == {"code", "scope", "state", "iss"}
    assert await signed_in_with(opened) == ("otp", "pwd", "mfa")


async def test_the_code_of_the_app_is_asked_for_and_good_once(opened, application, with_app):
    app, _ = with_app
    browser, page = await password_given(opened, application)
    assert page.step == "mfa"
    empty = await browser.send(page, p_confirmation_code="")
    assert (empty.status, empty.step) == (400, "mfa")
    code = app.at(opened.clock())
    assert (await browser.send(page, p_confirmation_code=f"{code[:3]} {code[3:]}")).callback["code"]
    browser, page = await password_given(opened, application)
    replayed = await browser.send(page, p_confirmation_code=code)
    assert (replayed.status, replayed.step) == (400, "mfa")


async def test_nothing_leads_past_the_second_factor(opened, application, with_app):
    browser, page = await password_given(opened, application)
    address = str(page.response.url)
    form = page.form("continue")
    for step in ("mfa-setup", "recovery-codes", "passkey-offer", "organization", "sign-in", "password"):
        other = address.replace("/auth/mfa", f"/auth/{step}")
        assert (await browser.open(other)).step == "mfa", step
        for action in ("", "skip", "app", "passkey", "resend", "other"):
            answer = await browser.http.post(
                form["action"].replace("/auth/mfa", f"/auth/{step}"),
                data={**form["fields"], "action": action, "p_confirmation_code": "000000"},
                headers={"sec-fetch-site": "same-origin"},
            )
            assert answer.status_code in (303, 404), (step, action)
            if answer.status_code == 303:
                assert "/auth/mfa?" in answer.headers["location"], (step, action)
    assert (await browser.begin(application)).step == "sign-in"


async def test_a_recovery_code_takes_the_place_of_the_app_once(opened, application, with_app):
    _, codes = with_app
    browser, page = await password_given(opened, application)
    page = await browser.send(page, "use-recovery-code")
    assert (page.step, "p_recovery_code" in page.parsed.ids) == ("mfa", True)
    wrong = await browser.send(page, p_recovery_code="AAAAA-AAAAA")
    assert "This recovery code is wrong or was used already." in wrong.text
    assert (await browser.send(page, p_recovery_code=codes[0].lower())).callback["code"]
    browser, page = await password_given(opened, application)
    page = await browser.send(page, "use-recovery-code")
    assert (await browser.send(page, p_recovery_code=codes[0])).status == 400


async def test_wrong_codes_lock_also_in_another_sign_in(opened, application, with_app):
    app, _ = with_app
    browser, page = await password_given(opened, application)
    for _ in range(5):
        page = await browser.send(page, p_confirmation_code="000000")
        assert page.status == 400
    other, page = await password_given(opened, application)
    locked = await other.send(page, p_confirmation_code=app.at(opened.clock()))
    assert (locked.status, locked.step) == (429, "mfa")
    assert "This was tried too often. Wait 300 seconds" in locked.text
    opened.clock.move(301)
    other, page = await password_given(opened, application)
    assert (await other.send(page, p_confirmation_code=app.at(opened.clock()))).callback["code"]


async def test_a_second_factor_that_is_optional_can_be_put_off_once_and_for_all(opened, application):
    await require(opened, "optional")
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    assert page.step == "mfa-setup"
    assert (await browser.send(page, "not-now")).callback["code"]
    _, page = await password_given(opened, application)
    assert page.callback["code"]


async def test_putting_off_is_refused_where_one_is_required(opened, application):
    await require(opened)
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    form = page.form("continue")
    answer = await browser.http.post(
        form["action"],
        data={**form["fields"], "action": "skip"},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 403
    assert "A second factor is required here." in answer.text


async def test_codes_by_mail_are_a_second_factor(opened, application):
    await require(opened, "required", "mfa:email", is_recovery_codes_enabled=False)
    browser = Browser(opened)
    page = await sign_up(browser, application, ADA)
    assert (page.step, "totp-secret" in page.parsed.ids) == ("mfa-setup", False)
    opened.clock.move(1)
    page = await browser.send(page, "send-code")
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert page.callback["code"]
    browser, page = await password_given(opened, application)
    assert page.step == "mfa"
    opened.clock.move(1)
    page = await browser.send(page, "send-code")
    assert f"A code is on its way to {ADA}" in page.text
    wrong = await browser.send(page, p_confirmation_code="000000")
    assert wrong.status == 400
    page = await browser.send(wrong, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert page.callback["code"]


async def test_an_organization_asks_for_its_own_factor_from_a_session_without(opened, application):
    context = opened.context()
    browser = Browser(opened)
    assert (await sign_up(browser, application, ADA)).callback["code"]
    assert (await browser.begin(application)).callback["code"]
    async with context.reading() as work:
        code = (await work.organizations.find_default()).code
    await change_organization(context, code, {"is_enforce_mfa": True})
    await change_organization_mfa(context, code, enabled_factors=["mfa:authenticator_app"])
    silent = await browser.begin(application, prompt="none")
    assert silent.callback["error"] == "interaction_required"
    page = await browser.begin(application)
    assert page.step == "mfa-setup"
    page = await browser.send(page, p_confirmation_code=app_of(page).at(opened.clock()))
    assert (await browser.send(page)).callback["code"]
    assert (await browser.begin(application, prompt="none")).callback["code"]


async def test_members_with_exempt_roles_alone_are_asked_for_no_factor(opened, application, with_app):
    context = opened.context()
    async with context.reading() as work:
        code = (await work.organizations.find_default()).code
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
    exempt, other = await make_role(context, "support"), await make_role(context, "buyer")
    await change_organization_mfa(context, code, exempt_role_ids=[exempt.id])
    _, page = await password_given(opened, application)
    assert page.step == "mfa"  # who has no role is not exempt
    await add_member_role(context, code, user.id, exempt.id)
    _, page = await password_given(opened, application)
    assert page.callback["code"]
    await add_member_role(context, code, user.id, other.id)
    _, page = await password_given(opened, application)
    assert page.step == "mfa"


def options_on(page):
    """Return what the page hands to the browser's passkeys."""
    return json.loads(html.unescape(re.search(r"options='([^']+)'", page.text).group(1)))


async def test_a_passkey_is_offered_made_and_signed_in_with(tmp_path):
    async with open_platform(tmp_path, issuer=LOCALHOST) as opened:
        await change_policy(opened.context(), "passkeys", {"policy": "optional"})
        application = await make_application(opened)
        browser, authenticator = Browser(opened), Authenticator(LOCALHOST)
        page = await sign_up(browser, application, ADA)
        assert page.step == "passkey-offer"
        refused = await browser.send(page, "passkey-button", passkey="{}")
        assert (refused.status, "The passkey did not work." in refused.text) == (400, True)
        answer = authenticator.create(options_on(refused))
        page = await browser.send(refused, "passkey-button", passkey=answer, passkey_name="Laptop")
        assert page.callback["code"]

        other = Browser(opened)
        page = await other.begin(application)
        answer = authenticator.get(options_on(page))
        stranger = Browser(opened)
        theirs = await stranger.begin(application)
        assert (await stranger.send(theirs, "passkey-button", passkey=answer)).status == 400
        assert (await other.send(page, "passkey-button", passkey=answer)).callback["code"]
        assert (await other.send(page, "passkey-button", passkey=answer)).status in (404, 410)

        await require(opened)
        third = Browser(opened)
        page = await third.begin(application)
        page = await third.send(page, "passkey-button", passkey=authenticator.get(options_on(page)))
        assert page.step == "mfa-setup"


async def test_an_offer_that_was_put_off_is_not_made_again_unless_mandatory(tmp_path):
    async with open_platform(tmp_path, issuer=LOCALHOST) as opened:
        await change_policy(opened.context(), "passkeys", {"policy": "optional"})
        application = await make_application(opened)
        browser = Browser(opened)
        page = await sign_up(browser, application, ADA)
        assert (await browser.send(page, "not-now")).callback["code"]
        _, page = await password_given(opened, application)
        assert page.callback["code"]
        await change_policy(opened.context(), "passkeys", {"policy": "mandatory"})
        _, page = await password_given(opened, application)
        assert (page.step, "not-now" in page.parsed.ids) == ("passkey-offer", False)


async def test_no_button_for_passkeys_where_they_are_off_or_impossible(opened, application):
    page = await Browser(opened).begin(application)
    assert "passkey-ceremony" not in page.text
    await change_policy(opened.context(), "passkeys", {"policy": "optional"})
    page = await Browser(opened).begin(application)
    assert "passkey-ceremony" not in page.text
    form = page.form("continue")
    browser = Browser(opened)
    page = await browser.begin(application)
    form = page.form("continue")
    answer = await browser.http.post(
        form["action"],
        data={**form["fields"], "action": "passkey", "passkey": "{}"},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 403


async def test_people_look_after_their_passkeys_a_short_while_after_signing_in(tmp_path):
    async with open_platform(tmp_path, issuer=LOCALHOST) as opened:
        assert (await Browser(opened).open("/auth/passkeys")).status == 401
        await change_policy(opened.context(), "passkeys", {"policy": "optional"})
        browser = Browser(opened)
        page = await sign_up(browser, await make_application(opened), ADA)
        assert (await browser.send(page, "not-now")).callback["code"]

        page = await browser.open("/auth/passkeys")
        made = Authenticator(LOCALHOST)
        answer = made.create(options_on(page))
        again = page
        page = await browser.send(page, "passkey-button", passkey=answer, passkey_name="Laptop")
        assert (page.status, 'value="Laptop"' in page.text) == (200, True)
        replayed = Authenticator(LOCALHOST).create(options_on(again))
        assert (await browser.send(again, "passkey-button", passkey=replayed)).status == 400
        page = await browser.send(page, "rename-1", p_passkey_name="Telephone")
        assert 'value="Telephone"' in page.text

        stranger = await browser.http.post(
            "/auth/passkeys",
            data={**page.form("remove-1")["fields"], "action": "remove", "form_token": "0" * 64},
            headers={"sec-fetch-site": "same-origin"},
        )
        assert stranger.status_code == 403
        opened.clock.move(901)
        late = await browser.send(page, "remove-1")
        assert (late.status, "remove-1" in late.parsed.ids) == (403, False)
        opened.clock.move(-901)
        page = await browser.send(page, "remove-1")
        assert "You have no passkey." in page.text
