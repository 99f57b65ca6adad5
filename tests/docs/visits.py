"""Be the reader in front of a browser: open an address, press a button, sign in, and see the page.

A sentence of a document is done, not only read, when it begins a line with `Open <ADDRESS>`. It may go on
with `press *BUTTON*`, and with `sign in as EMAIL with the password PASSWORD`, these two as code. What follows
in its paragraph is for people.
"""

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
from playwright.sync_api import sync_playwright

from tests.support.chromium import ARGUMENTS, chromium_path
from tests.support.sign_in import OWN_PAGE, Page

SENTENCE = re.compile(
    r"^Open <(?P<address>http://127\.0\.0\.1:[^>]+)>"
    r"(?:,\s+press\s+\*(?P<button>[^*]+)\*)?"
    r"(?:,?\s+and\s+sign\s+in\s+as\s+`(?P<email>[^`]+)`\s+with\s+the\s+password\s+`(?P<password>[^`]+)`)?"
    r"(?:.|\n(?!\n))*",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Visit:
    """Hold what a sentence says."""

    address: str
    button: str | None
    email: str | None
    password: str | None


Go = Callable[[Visit], str]


def read_visit(text: str) -> Visit:
    """Return the visit of a sentence."""
    found = SENTENCE.match(text)
    assert found is not None, f"no visit: {text}"
    return Visit(**found.groupdict())


def by_http(leaving: ExitStack) -> Go:
    """Return a browser without scripts, which keeps its cookies from visit to visit."""
    http = leaving.enter_context(httpx.Client(follow_redirects=True, timeout=30))

    def go(visit: Visit) -> str:
        page = Page(http.get(visit.address))
        for name, value in {"p_email": visit.email, "p_password": visit.password}.items():
            if value is not None:
                form = page.form("continue")
                action = urljoin(str(page.response.url), form["action"] or "")
                page = Page(http.post(action, data={**form["fields"], name: value}, headers=OWN_PAGE))
        assert page.status == 200, (page.status, page.text)
        return shown(page.text)

    return go


def by_chromium(leaving: ExitStack) -> Go:
    """Return a Chromium. A page shows what it has to say in `main`, hidden until then."""
    playwright = leaving.enter_context(sync_playwright())
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
    leaving.callback(browser.close)
    page = browser.new_page()

    def go(visit: Visit) -> str:
        page.goto(visit.address)
        if visit.button is not None:
            page.get_by_role("button", name=visit.button).click()
        if visit.email is not None and visit.password is not None:
            for name, value in {"p_email": visit.email, "p_password": visit.password}.items():
                page.locator(f"[name={name}]").fill(value)
                page.locator("#continue").click()
        where = urlsplit(visit.address)
        page.wait_for_url(f"{where.scheme}://{where.netloc}/**")
        page.locator("main").wait_for()
        return page.locator("main").inner_text()

    return go


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def shown(markup: str) -> str:
    """Return the text of a page."""
    parser = _Text()
    parser.feed(markup)
    return "".join(parser.found)
