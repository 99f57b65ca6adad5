"""Hold a running server that people sign in to in Chromium, with its mail going to a real mail server.

The site is at `localhost`, because browsers know passkeys for names alone. The application is a page that
greets whoever comes back to it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from playwright.sync_api import Page, expect

from tests.support.look import arrive
from tests.support.mailbox import Mailbox, running_mailbox
from tests.support.server import RunningServer, free_port

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PASSWORD = "orange kettle over nine hills"
HASH = "$2b$04$LyiT/ljGR2dJHe/o/M2TcOlFUaWkgmi1i1KNX8BnTveLEiDDI4lvm"
"""A bcrypt hash of `PASSWORD`."""

_PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
_DESKTOP = {"viewport": {"width": 1280, "height": 800}}
SCREENS = {
    "phone-light": {**_PHONE, "color_scheme": "light", "locale": "en-GB"},
    "phone-dark": {**_PHONE, "color_scheme": "dark", "locale": "de-DE"},
    "desktop-light": {**_DESKTOP, "color_scheme": "light", "locale": "de-DE"},
    "desktop-dark": {**_DESKTOP, "color_scheme": "dark", "locale": "en-GB"},
}
"""The windows that every journey is made in; the long words of German are seen on a phone, too."""
EVERY_WAY = {**SCREENS, "without-scripts": {**_PHONE, "color_scheme": "light", "java_script_enabled": False}}
"""The same, and a browser in which no script runs."""


@dataclass
class People:
    """Hold a server with the application *Orders*, and ways to make people and organizations."""

    server: RunningServer
    management: httpx.Client
    mailbox: Mailbox
    callback: str
    client_id: str = ""
    _policies: dict[str, Any] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.server.port}"

    def call(self, method: str, path: str, **body: object) -> dict[str, Any]:
        """Call the management API and return its answer."""
        answer = self.management.request(method, path, json=body or None)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def set(self, path: str, **body: object) -> None:
        """Set a policy of the environment, unless it is so already."""
        if self._policies.get(path) != body:
            self.call("PUT", path, **body)
            self._policies[path] = body

    def application(self, name: str, *strategies: str, type: str = "spa", **members: object) -> str:
        """Make an application that offers the connections of these strategies; return its id."""
        made: str = self.call("POST", "/applications", name=name, type=type)["application"]["id"]
        self.call("PATCH", f"/applications/{made}", redirect_uris=[self.callback], **members)
        for each in self.call("GET", "/connections")["connections"]:
            connection = each["connection"]
            if connection["strategy"] in strategies:
                self.call("POST", f"/applications/{made}/connections/{connection['id']}")
        return made

    def somebody(self, address: str, *, organizations: list[str] | None = None) -> str:
        """Make a user with `PASSWORD`, who is a member of organizations by their names; return the id."""
        identity = {"type": "email", "details": {"email": address}, "is_verified": True}
        profile = {"given_name": "Ada", "family_name": "Byron"}
        made: str = self.call("POST", "/user", profile=profile, identities=[identity])["id"]
        self.call("PUT", f"/users/{made}/password", hashed_password=HASH, hashing_method="bcrypt")
        for name in organizations or []:
            code = self.call("POST", "/organization", name=name)["organization"]["code"]
            self.call("POST", f"/organizations/{code}/users", users=[{"id": made}])
        return made

    def request(self, client_id: str = "", **more: str) -> str:
        """Return the address of an authorization request."""
        query = {
            "client_id": client_id or self.client_id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": "openid profile email",
            "state": "state-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.base_url}/oauth2/auth?{urlencode(query)}"


_HOME = b"<!doctype html><link rel=icon href=data:,><title>Orders</title>Signed in"
_LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="360" height="60"><rect width="360" height="60" rx="12" '
    b'fill="#7a3cc2"/></svg>'
)


class _Application(BaseHTTPRequestHandler):
    """Be the application: whoever comes back to it is signed in. It has a logo, and one that is broken."""

    def do_GET(self) -> None:
        kind, body = ("text/html", _HOME)
        if self.path.startswith("/logo"):
            kind, body = "image/svg+xml", _LOGO if self.path == "/logo.svg" else b""
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def running_application() -> Iterator[str]:
    """Yield the address that people come back to."""
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    thread = Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{listener.server_port}/callback"
    listener.shutdown()
    listener.server_close()
    thread.join()


@contextmanager
def running_people(data: Path) -> Iterator[People]:
    """Run a server with its mail server and its application."""
    port, config = free_port(), data.parent / "people.toml"
    with running_mailbox() as (mailbox, smtp_url), running_application() as callback:
        config.write_text(f'smtp_url = "{smtp_url}"\nmail_from = "Orders <no-reply@orders.test>"\n')
        server = RunningServer(data, port=port, issuer=f"http://localhost:{port}", config=config)
        yield from _people(server, mailbox, callback)


def _people(server: RunningServer, mailbox: Mailbox, callback: str) -> Iterator[People]:
    with server, server.management() as management:
        people = People(server, management, mailbox, callback)
        links = {"terms_uri": "https://example.com/terms", "policy_uri": "https://example.com/privacy"}
        links["logo_uri"] = callback.replace("callback", "logo.svg")
        people.client_id = people.application("Orders", is_ask_for_name=True, **links)
        yield people


def forget_session(page: Page) -> None:
    """Be the same person in a browser that knows nothing."""
    page.context.clear_cookies()


def came_back(page: Page) -> dict[str, list[str]]:
    """Return what the application was told, after checking that the person is back there."""
    page.wait_for_url("**/callback?**")
    return parse_qs(urlsplit(page.url).query)


def fill(page: Page, **fields: str) -> None:
    """Look at a page as a person does, fill in its fields and press its button."""
    arrive(page)
    for name, text in fields.items():
        page.fill(f"#{name}", text)
    press(page, "#continue")


def press(page: Page, selector: str) -> None:
    """Press what leads to another page, and be there."""
    with page.expect_navigation():
        page.click(selector)


def refused_beside(page: Page, field: str) -> None:
    """Check that a field is refused in words that belong to it and are said, and that one can type again."""
    told = page.locator(f"#{field}-wrong")
    expect(told).to_be_visible()
    expect(told).to_have_attribute("role", "alert")
    expect(page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{field}")).to_be_focused()


def sign_in(page: Page, people: People, address: str, **more: str) -> None:
    """Sign in with the password as far as it takes."""
    page.goto(people.request(**more))
    fill(page, credentials_email=address)
    fill(page, p_password=PASSWORD)
