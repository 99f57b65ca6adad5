"""People go the ways of a sign-in from end to end in Chromium; their codes come by real mail.

Each journey is made on a phone and on a desktop, by day and by night, and once more without scripts.
"""

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.people import (
    EVERY_WAY,
    PASSWORD,
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

NEW_PASSWORD = "seven lanterns drift downstream"
LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebsgesellschaft"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(params=EVERY_WAY)
def page(request, browsing, people):
    people.set("/policies/access", is_terms_acceptance_asked=False)
    people.set("/passkey", policy="off")
    people.set("/mfa", policy="off", enabled_factors=["mfa:authenticator_app"])
    return browsing(**EVERY_WAY[request.param])


@pytest.fixture
def address(request):
    """Return an address of this journey alone, too long for one line of a phone."""
    name = f"{request.function.__name__[-40:]}.{request.node.callspec.id}".replace("_", "-")
    return f"{name.strip('-')}@long-subdomain.of-an-organization.example.com"


def test_new_ones_sign_up_and_out(page, people, address):
    page.goto(people.request(prompt="create"))
    fill(page, p_first_name="Ada", p_last_name=LONG_NAME[:60], credentials_email=address)
    fill(page, p_confirmation_code="000000")
    refused_beside(page, "p_confirmation_code")
    fill(page, p_confirmation_code=people.mailbox.code_for(address))
    fill(page, p_first_password="password", p_second_password="password")
    refused_beside(page, "p_first_password")
    fill(page, p_first_password=PASSWORD, p_second_password="something else")
    refused_beside(page, "p_second_password")
    fill(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert came_back(page)["state"] == ["state-1"]
    page.goto(people.request(prompt="consent"))
    look(page)
    press(page, "#deny")
    assert came_back(page)["error"] == ["access_denied"]
    page.goto(people.request(prompt="consent"))
    press(page, "#allow")
    assert came_back(page)["code"]
    page.goto(f"{people.base_url}/auth/applications")
    look(page)
    press(page, "#withdraw-1")
    look(page)
    page.goto(people.request())
    assert came_back(page)["code"]
    page.goto(f"{people.base_url}/auth/sign-out?client_id={people.client_id}")
    look(page)
    press(page, "#confirm")
    page.wait_for_url("**/auth/signed-out")
    look(page)
    page.goto(people.request())
    page.wait_for_url("**/auth/sign-in?**")
    logo = page.locator("img.logo")
    expect(logo).to_have_attribute("alt", "Orders")
    assert logo.evaluate("each => [each.naturalWidth, each.offsetHeight <= 48]") == [360, True]


@pytest.fixture(scope="module")
def of_many(people):
    """Make an application that sends codes, and somebody who is a member of 41 organizations."""
    names = [LONG_NAME, "A name of many words, which need more lines than one on a phone"]
    names += [f"Orchard {number}" for number in range(1, 39)]
    people.somebody("many@example.com", organizations=names)
    terms = {"terms_uri": "https://example.com/terms", "policy_uri": "https://example.com/privacy"}
    terms["logo_uri"] = people.callback.replace("callback", "logo-that-is-broken.svg")
    return people.application("Orchards", "email:otp", has_marketing_consent=True, **terms)


def test_members_of_many_organizations_get_in_with_a_code(page, people, of_many, request):
    page.goto(people.request(of_many))
    if "without-scripts" in request.node.callspec.id:
        expect(page.locator("img.logo")).to_have_attribute("alt", "Orchards")
    else:
        expect(page.locator(".who .name")).to_have_text("Orchards")
    fill(page, credentials_email="many@example.com")
    fill(page, p_confirmation_code=people.mailbox.code_for("many@example.com"))
    page.wait_for_url("**/auth/organization?**")
    look(page)
    expect(page.locator("#organization button")).to_have_count(41)
    if "without-scripts" in request.node.callspec.id:
        page.get_by_role("button", name=LONG_NAME).click()
    else:
        page.fill("#find", "DONAUDAMPF")
        expect(page.locator("#organization button:visible")).to_have_count(1)
        expect(page.get_by_role("status")).to_have_text("1 / 41")
        page.press("#find", "Enter")
    assert came_back(page)["code"]
    forget_session(page)
    sign_in(page, people, "many@example.com")
    expect(page.get_by_role("button", name=LONG_NAME).locator(".tag")).to_have_count(1)
    look(page)


def test_founders_accept_the_terms_and_name_their_organization(page, people, of_many, address):
    people.set("/policies/access", is_terms_acceptance_asked=True)
    page.goto(people.request(of_many, prompt="create", is_create_org="true", org_name="Mill"))
    look(page)
    page.check("#p_marketing_consent")
    page.check("#p_has_clickwrap_accepted")
    page.fill("#credentials_email", address)
    press(page, "#continue")
    fill(page, p_confirmation_code=people.mailbox.code_for(address))
    page.wait_for_url("**/auth/create-organization?**")
    expect(page.locator("#p_org_name")).to_have_value("Mill")
    fill(page, p_org_name="   ")
    refused_beside(page, "p_org_name")
    fill(page, p_org_name=LONG_NAME)
    assert came_back(page)["code"]


def test_forgotten_passwords_are_replaced(page, people, address):
    people.somebody(address)
    page.goto(people.request())
    fill(page, credentials_email=address)
    fill(page, p_password="another one")
    refused_beside(page, "p_password")
    press(page, "#forgot-link")
    fill(page)
    fill(page, p_confirmation_code=people.mailbox.code_for(address))
    page.wait_for_url("**/auth/set-password?**")
    fill(page, p_first_password=NEW_PASSWORD, p_second_password=NEW_PASSWORD)
    assert came_back(page)["code"]
    forget_session(page)
    sign_in(page, people, address)
    refused_beside(page, "p_password")
    fill(page, p_password=NEW_PASSWORD)
    assert came_back(page)["code"]


@pytest.fixture(scope="module")
def television(people):
    """Register a television, and return a function that begins its request."""
    client_id = people.call("POST", "/applications", name="Television", type="device")["application"]["id"]

    def begin():
        asked = {"client_id": client_id, "scope": "openid profile email offline"}
        told = httpx.post(f"{people.base_url}/oauth2/device/auth", data=asked).json()
        form = {"client_id": client_id, "grant_type": DEVICE_GRANT, "device_code": told["device_code"]}
        return told, lambda: httpx.post(f"{people.base_url}/oauth2/token", data=form)

    return begin


def test_televisions_get_tokens_from_the_page_of_devices(page, people, television, address):
    people.somebody(address)
    told, poll = television()
    page.goto(f"{people.base_url}/device")
    fill(page, user_code="BCDF-GHJK")
    refused_beside(page, "user_code")
    fill(page, user_code=told["user_code"].lower())
    fill(page, credentials_email=address)
    fill(page, p_password=PASSWORD)
    expect(page.locator("#device-code")).to_have_text(f"{told['user_code'][:4]}-{told['user_code'][4:]}")
    look(page)
    press(page, "#allow")
    page.wait_for_url("**/device/answer")
    look(page)
    assert poll().json()["id_token"]


def test_invited_ones_join_by_the_link_of_a_letter(page, people, address):
    login = f"{people.base_url}/login-of-orders"
    people.call("PATCH", f"/applications/{people.client_id}", login_uri=login)
    people.set("/policies/access", invite_application_id=people.client_id)
    code = people.call("POST", "/organization", name=LONG_NAME)["organization"]["code"]
    people.call("POST", f"/organization/{code}/invites", email=address, roles=[], send_email=True)
    letter = people.mailbox.take(address).get_body(("plain",))
    assert letter is not None
    [link] = [line for line in letter.get_content().splitlines() if line.startswith("http")]
    assert link.startswith(login)
    invitation = dict(pair.split("=") for pair in link.partition("?")[2].split("&"))
    page.goto(people.request(**invitation))
    look(page)
    press(page, "#accept")
    expect(page.locator("#credentials_email")).to_have_value(address)
    fill(page, p_first_name="Ada", p_last_name="Byron")
    fill(page, p_confirmation_code=people.mailbox.code_for(address))
    fill(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert came_back(page)["code"]


@pytest.mark.parametrize("page", SCREENS, indirect=True)
def test_whoever_is_turned_away_reads_why(page, people, address):
    for path in ("/auth/error?reason=redirect_uri_unknown", "/auth/sign-in?flow=unknown", "/auth/nothing"):
        page.goto(f"{people.base_url}{path}")
        look(page)
    people.somebody(address)
    page.goto(
        people.request(org_code=people.call("POST", "/organization", name="Mill")["organization"]["code"])
    )
    fill(page, credentials_email=address)
    fill(page, p_password=PASSWORD)
    look(page)
    press(page, "#leave")
    assert came_back(page)["error"] == ["access_denied"]
    people.set("/policies/protection", attempts_before_lockout=1)
    forget_session(page)
    page.goto(people.request())
    fill(page, credentials_email=address)
    fill(page, p_password="another one")
    people.set("/policies/protection", attempts_before_lockout=5)
    look(page)
    press(page, "#forgot-link")
    look(page)


@pytest.mark.parametrize("page", ["desktop-light", "desktop-dark"], indirect=True)
def test_the_keyboard_is_enough_to_sign_in_and_out(page, people, address):
    people.somebody(address, organizations=["Forge", "Mill"])
    page.goto(people.request())
    expect(page.locator("#credentials_email")).to_be_focused()
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    page.wait_for_url("**/auth/password?**")
    expect(page.locator("#p_password")).to_be_focused()
    page.keyboard.type("another one")
    page.keyboard.press("Enter")
    refused_beside(page, "p_password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "continue")
    page.keyboard.press("Space")
    page.wait_for_url("**/auth/organization?**")
    tab_to(page, "Mill")
    page.keyboard.press("Enter")
    assert came_back(page)["code"]
    page.goto(f"{people.base_url}/auth/sign-out")
    tab_to(page, "confirm")
    page.keyboard.press("Enter")
    page.wait_for_url("**/auth/signed-out")


def tab_to(page, wanted):
    """Press Tab until what has this id or begins with this text is focused."""
    for _ in range(10):
        page.keyboard.press("Tab")
        stop = page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()]")
        if stop[0] == wanted or stop[1].startswith(wanted):
            return
    raise AssertionError(f"ten presses of Tab do not reach {wanted}")
