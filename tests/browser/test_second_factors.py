"""Somebody signs up in Chromium and from then on signs in with a passkey, or with a code of an app.

The authenticator is Chromium's own virtual one; the app is `pyotp`.
"""

import time
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from claimsmith.texts import texts_in
from tests.browser.people import (
    EVERY_WAY,
    SCREENS,
    came_back,
    fill,
    forget_session,
    press,
    refused_beside,
    sign_in,
)
from tests.support.look import look

pytestmark = pytest.mark.browser


def with_authenticator(page: Page) -> Any:
    """Give a page a device that verifies its user and keeps passkeys."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devices, made["authenticatorId"]


@pytest.fixture
def address(request):
    return f"{request.node.callspec.id}-{request.function.__name__[-20:].replace('_', '-')}@example.com"


@pytest.mark.parametrize("screen", SCREENS)
def test_somebody_makes_a_passkey_and_signs_in_with_it(people, browsing, screen, address):
    people.set("/passkey", policy="optional")
    people.set("/mfa", policy="off", enabled_factors=["mfa:authenticator_app"])
    page = browsing(**SCREENS[screen])
    devices, device = with_authenticator(page)
    people.somebody(address)
    sign_in(page, people, address)
    page.wait_for_url("**/auth/passkey-offer?**")
    look(page)
    page.click("#passkey-button")
    assert came_back(page)["state"] == ["state-1"]
    [kept] = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)
    page.goto(f"{people.base_url}/auth/passkeys")
    look(page)

    forget_session(page)
    page.goto(people.request())
    look(page)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("#passkey-button")
    page.locator("passkey-ceremony .wrong").wait_for()
    expect(page.locator("#passkey-button")).to_be_focused()
    look(page)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.click("#passkey-button")
    assert came_back(page)["code"]


@pytest.mark.parametrize("screen", EVERY_WAY)
def test_somebody_sets_up_an_app_and_signs_in_with_its_codes(people, browsing, screen, address):
    people.set("/passkey", policy="off")
    people.set("/mfa", policy="required", enabled_factors=["mfa:authenticator_app"])
    page = browsing(**EVERY_WAY[screen])
    people.somebody(address)
    sign_in(page, people, address)
    page.wait_for_url("**/auth/mfa-setup?**")
    assert page.locator("img.qr").evaluate("each => each.naturalWidth") > 100
    fill(page, p_confirmation_code="000000")
    refused_beside(page, "p_confirmation_code")
    page.click("summary")
    look(page)
    app = pyotp.TOTP(page.locator("#totp-secret").inner_text())
    now = int(time.time())
    page.fill("#p_confirmation_code", app.at(now))
    press(page, "#continue")
    page.wait_for_url("**/auth/recovery-codes?**")
    [*codes] = page.locator("#recovery-codes code").all_inner_texts()
    fill(page)
    assert came_back(page)["code"]

    forget_session(page)
    sign_in(page, people, address)
    page.wait_for_url("**/auth/mfa?**")
    fill(page, p_confirmation_code=app.at(now))
    refused_beside(page, "p_confirmation_code")
    fill(page, p_confirmation_code=app.at(now + 30))
    assert came_back(page)["code"]
    forget_session(page)
    sign_in(page, people, address)
    press(page, "#use-recovery-code")
    fill(page, p_recovery_code=codes[0])
    assert came_back(page)["code"]


def test_without_scripts_nobody_is_kept_by_the_offer_of_a_passkey(people, browsing):
    people.set("/passkey", policy="optional")
    people.set("/mfa", policy="off", enabled_factors=["mfa:authenticator_app"])
    page = browsing(**EVERY_WAY["without-scripts"])
    people.somebody("nobody-kept@example.com")
    sign_in(page, people, "nobody-kept@example.com")
    page.wait_for_url("**/auth/passkey-offer?**")
    look(page)
    press(page, "#not-now")
    assert came_back(page)["code"]


@pytest.mark.parametrize("screen", SCREENS)
def test_somebody_looks_after_how_to_sign_in(people, browsing, screen, address):
    people.set("/passkey", policy="optional")
    people.set("/mfa", policy="optional", enabled_factors=["mfa:authenticator_app", "mfa:email"])
    page = browsing(**SCREENS[screen])
    people.somebody(address)
    sign_in(page, people, address)
    press(page, "#not-now")
    page.wait_for_url("**/auth/passkey-offer?**")
    press(page, "#not-now")
    page.wait_for_url("**/callback?**")
    home = f"http://localhost:{people.server.port}/auth/security"
    page.goto(home)
    look(page)
    press(page, "#add-app")
    look(page)
    page.click("details summary")
    app = pyotp.TOTP(page.locator("#totp-secret").inner_text())
    page.fill("#p_confirmation_code", app.now())
    with page.expect_navigation():
        page.press("#p_confirmation_code", "Enter")
    assert page.locator(".codes code").count() == 10
    look(page)
    [code, *_] = page.locator(".codes code").all_inner_texts()
    press(page, "#continue")
    assert page.url.startswith(home)
    page.press("#remove-app", "Enter")
    look(page)
    press(page, "#confirm-remove-app")
    page.wait_for_url("**/auth/security/confirm?**")
    look(page)
    press(page, "#use-recovery")
    page.fill("#p_recovery_code", code)
    press(page, "#continue")
    page.click("#remove-app")
    press(page, "#confirm-remove-app")
    texts = texts_in(str(page.locator("html").get_attribute("lang")))
    assert page.locator("#done").inner_text() == texts("The second factor is removed.")
    press(page, "#change-password")
    look(page)
    page.goto(f"{home}/mail")
    look(page)
    page.goto(home.replace("security", "passkeys"))
    look(page)
    press(page, "#back")
    assert page.url == home
