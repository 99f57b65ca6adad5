"""Sign people in through the pages, as a browser without scripts does: follow, fill in, send."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from claimsmith.domain.applications import Application
from claimsmith.usecases import application_access, applications, connections, messages
from tests.support.platform import ISSUER, OpenPlatform

CALLBACK = "https://app.test/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PASSWORD = "orange kettle over nine hills"
OWN_PAGE = {"sec-fetch-site": "same-origin"}


class _Forms(HTMLParser):
    """Collect the forms of a page with what they hold: hidden and filled-in fields, and their buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.links: dict[str, str] = {}
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "form":
            self.forms.append(
                {"action": found.get("action"), "fields": {}, "buttons": {}, "id": found.get("id")}
            )
        elif tag == "a" and found.get("id"):
            self.links[str(found["id"])] = str(found.get("href"))
        elif tag == "input" and self.forms and found.get("type") != "checkbox":
            self.forms[-1]["fields"][found.get("name")] = found.get("value") or ""
        elif tag == "button" and self.forms:
            name = found.get("id") or found.get("value") or ""
            self.forms[-1]["buttons"][name] = (found.get("name"), found.get("value") or "")


@dataclass
class Page:
    """Hold one page that a person sees."""

    response: httpx.Response
    parsed: _Forms = field(default_factory=_Forms)

    def __post_init__(self) -> None:
        if "html" in self.response.headers.get("content-type", ""):
            self.parsed.feed(self.response.text)

    @property
    def step(self) -> str:
        """Return the last part of the page's path."""
        return urlsplit(str(self.response.url)).path.rpartition("/")[2]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def callback(self) -> dict[str, str]:
        """Return what the application is told, when this is the way back to it."""
        location = self.response.headers.get("location", "")
        assert location.startswith(CALLBACK), (self.response.status_code, location, self.text[:2000])
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def form(self, button: str) -> dict[str, Any]:
        """Return the form that has a button, by the button's id or value."""
        return next(each for each in self.parsed.forms if button in each["buttons"])


class Browser:
    """Be a browser: it keeps cookies, follows redirects below `/auth`, and sends the forms of pages."""

    def __init__(self, opened: OpenPlatform, **options: Any) -> None:
        self.opened = opened
        self.http = opened.http(**options)

    async def begin(self, application: Application, **parameters: str) -> Page:
        """Send an authorization request and return the page it leads to."""
        query = {
            "client_id": application.id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile email offline",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **parameters,
        }
        return await self.follow(await self.http.get("/oauth2/auth", params=query))

    async def follow(self, response: httpx.Response) -> Page:
        """Follow redirects as long as they lead to our own pages."""
        while response.is_redirect and urlsplit(response.headers["location"]).netloc in (
            "",
            urlsplit(ISSUER).netloc,
        ):
            response = await self.http.get(response.headers["location"])
        return Page(response)

    async def open(self, address: str) -> Page:
        return await self.follow(await self.http.get(address))

    async def click(self, page: Page, link: str) -> Page:
        """Follow the link with an id."""
        return await self.open(page.parsed.links[link])

    async def send(self, page: Page, button: str = "continue", **fields: str) -> Page:
        """Fill in the form that has a button, and press it."""
        form = page.form(button)
        name, value = form["buttons"][button]
        sent = {**form["fields"], **fields}
        if name:
            sent[name] = value
        return await self.follow(await self.http.post(form["action"], data=sent, headers=OWN_PAGE))


async def make_application(opened: OpenPlatform, name: str = "Orders", **members: Any) -> Application:
    """Register a single-page application that people sign in to."""
    context = opened.context()
    made = await applications.create_application(context, name=name, type="spa")
    changes = {"redirect_uris": [CALLBACK], "is_ask_for_name": True, **members}
    return await applications.change_application(context, made.application.id, changes)


async def codes_sent(opened: OpenPlatform, recipient: str) -> list[str]:
    """Return the codes that were sent to an address, the newest first."""
    found = await messages.list_messages(opened.context())
    return [
        match.group()
        for each in found
        if each.recipient == recipient and (match := re.search(r"\b\d{6}\b", each.text))
    ]


async def sign_up(browser: Browser, application: Application, email: str, **parameters: str) -> Page:
    """Sign somebody up with a password, and return the page after it."""
    page = await browser.begin(application, **{"prompt": "create", **parameters})
    page = await browser.send(page, p_first_name="Ada", p_last_name="Byron", p_email=email)
    assert page.step == "verify", page.text
    code = (await codes_sent(browser.opened, email))[0]
    page = await browser.send(page, p_confirmation_code=code)
    assert page.step == "set-password", page.text
    return await browser.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD)


async def offer(opened: OpenPlatform, application: Application, *strategies: str) -> None:
    """Let an application offer connections by their strategies."""
    context = opened.context()
    for connection in await connections.list_connections(context):
        if connection.strategy in strategies:
            await application_access.enable_connection(context, application.id, connection.id)
