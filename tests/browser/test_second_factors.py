"""Somebody signs up in Chromium and from then on signs in with a passkey, or with a code of an app.

The site is at `localhost`, because browsers know passkeys for names alone. The authenticator is Chromium's
own virtual one; the app is `pyotp`; the application is a page that greets whoever comes back to it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support.accessibility import faults
from tests.support.server import RunningServer, free_port

pytestmark = pytest.mark.browser

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PASSWORD = "orange kettle over nine hills"
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}


@dataclass
class SignInSite:
    """Hold a running server with one application that people sign in to."""

    server: RunningServer
    management: httpx.Client
    client_id: str
    callback: str

    def put(self, path: str, **body: object) -> None:
        answer = self.management.put(path, json=body)
        assert answer.status_code == 200, answer.text

    def request(self, **more: str) -> str:
        """Return the address of an authorization request."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": "openid profile email",
            "state": "state-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return f"http://localhost:{self.server.port}/oauth2/auth?{urlencode(query)}"

    def code_for(self, address: str) -> str:
        """Return the newest code that was sent to an address, as an operator sees it."""
        listed = json.loads(self.server.run("mail", "list", "--json").stdout)
        newest = next(each for each in listed if each["recipient"] == address)
        return re.search(r"\b\d{6}\b", newest["subject"]).group()


class _Application(BaseHTTPRequestHandler):
    """Be the application: whoever comes back to it is signed in."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>Orders</title>Signed in")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def callback() -> Iterator[str]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{listener.server_port}/callback"
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, callback: str) -> Iterator[SignInSite]:
    data = tmp_path_factory.mktemp("people") / "data"
    data.mkdir()
    port = free_port()
    with RunningServer(data, port=port, issuer=f"http://localhost:{port}") as server:
        with server.management() as management:
            made = management.post("/applications", json={"name": "Orders", "type": "spa"}).json()
            client_id = made["application"]["id"]
            answer = management.patch(f"/applications/{client_id}", json={"redirect_uris": [callback]})
            assert answer.status_code == 200, answer.text
            yield SignInSite(server, management, client_id, callback)


@pytest.fixture
def browsing(chromium: Any) -> Iterator[Any]:
    """Return a function that opens a browser; what its console complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**options: Any) -> Page:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [told for told in complaints if "status of 400" not in told] == []


def sign_up(page: Page, site: SignInSite, address: str) -> None:
    page.goto(site.request(prompt="create"))
    for name, text in (("p_first_name", "Ada"), ("p_last_name", "Byron")):
        if page.locator(f"#{name}").count():
            page.fill(f"#{name}", text)
    page.fill("#credentials_email", address)
    page.click("#continue")
    page.fill("#p_confirmation_code", site.code_for(address))
    page.click("#continue")
    page.fill("#p_first_password", PASSWORD)
    page.fill("#p_second_password", PASSWORD)
    page.click("#continue")


def forget_session(page: Page) -> None:
    page.context.clear_cookies()


def came_back(page: Page) -> dict[str, list[str]]:
    page.wait_for_url("**/callback?**")
    return parse_qs(urlsplit(page.url).query)


def assert_nothing_keeps_people_out(page: Page) -> None:
    assert {name: found for name, found in faults(page).items() if found} == {}


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


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_somebody_makes_a_passkey_and_signs_in_with_it(people, browsing, screen, request):
    people.put("/passkey", policy="optional")
    people.put("/mfa", policy="off", enabled_factors=["mfa:authenticator_app"])
    page = browsing(**screen)
    devices, device = with_authenticator(page)
    sign_up(page, people, f"{request.node.callspec.id}-passkey@example.com")
    page.wait_for_url("**/auth/passkey-offer?**")
    assert_nothing_keeps_people_out(page)
    page.click("#passkey-button")
    assert came_back(page)["state"] == ["state-1"]
    [kept] = devices.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert (kept["rpId"], kept["isResidentCredential"]) == ("localhost", True)

    forget_session(page)
    page.goto(people.request())
    assert_nothing_keeps_people_out(page)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.click("#passkey-button")
    page.locator("passkey-ceremony .wrong").wait_for()
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.click("#passkey-button")
    assert came_back(page)["code"]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_somebody_sets_up_an_app_and_signs_in_with_its_codes(people, browsing, screen, request):
    people.put("/passkey", policy="off")
    people.put("/mfa", policy="required", enabled_factors=["mfa:authenticator_app"])
    address = f"{request.node.callspec.id}-app@example.com"
    page = browsing(**screen)
    sign_up(page, people, address)
    page.wait_for_url("**/auth/mfa-setup?**")
    assert page.locator("img.qr").evaluate("each => each.naturalWidth") > 100
    assert_nothing_keeps_people_out(page)
    page.click("summary")
    app = pyotp.TOTP(page.locator("#totp-secret").inner_text())
    page.fill("#p_confirmation_code", app.now())
    page.click("#continue")
    page.wait_for_url("**/auth/recovery-codes?**")
    assert_nothing_keeps_people_out(page)
    [*codes] = page.locator("#recovery-codes code").all_inner_texts()
    page.click("#continue")
    assert came_back(page)["code"]

    forget_session(page)
    page.goto(people.request())
    page.fill("#credentials_email", address)
    page.click("#continue")
    page.fill("#p_password", PASSWORD)
    page.click("#continue")
    page.wait_for_url("**/auth/mfa?**")
    assert_nothing_keeps_people_out(page)
    page.click("#use-recovery-code")
    page.fill("#p_recovery_code", codes[0])
    page.click("#continue")
    assert came_back(page)["code"]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_somebody_looks_after_how_to_sign_in(people, browsing, screen, request):
    people.put("/passkey", policy="optional")
    people.put("/mfa", policy="optional", enabled_factors=["mfa:authenticator_app", "mfa:email"])
    address = f"{request.node.callspec.id}-security@example.com"
    page = browsing(**screen)
    sign_up(page, people, address)
    page.click("#not-now")
    page.wait_for_url("**/auth/passkey-offer?**")
    page.click("#not-now")
    page.wait_for_url("**/callback?**")
    home = f"http://localhost:{people.server.port}/auth/security"
    page.goto(home)
    assert_nothing_keeps_people_out(page)
    page.click("#add-app")
    assert_nothing_keeps_people_out(page)
    page.click("details summary")
    app = pyotp.TOTP(page.locator("#totp-secret").inner_text())
    page.fill("#p_confirmation_code", app.now())
    page.press("#p_confirmation_code", "Enter")
    assert page.locator(".codes code").count() == 10
    assert_nothing_keeps_people_out(page)
    [code, *_] = page.locator(".codes code").all_inner_texts()
    page.click("#continue")
    assert page.url.startswith(home)
    page.locator("#remove-app").focus()
    page.keyboard.press("Enter")
    assert_nothing_keeps_people_out(page)
    page.click("#confirm-remove-app")
    page.wait_for_url("**/auth/security/confirm?**")
    assert_nothing_keeps_people_out(page)
    page.click("#use-recovery")
    page.fill("#p_recovery_code", code)
    page.click("#continue")
    page.click("#remove-app")
    page.click("#confirm-remove-app")
    assert page.locator("#done").inner_text() == "The second factor is removed."
    page.click("#change-password")
    assert_nothing_keeps_people_out(page)
    page.goto(f"{home}/mail")
    assert_nothing_keeps_people_out(page)
    page.goto(home.replace("security", "passkeys"))
    assert_nothing_keeps_people_out(page)
    page.click("#back")
    assert page.url == home
