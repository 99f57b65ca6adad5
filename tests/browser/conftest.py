"""Run one real server with sample objects, and a Chromium that is signed in to its console."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.people import People, running_people
from tests.support.chromium import ARGUMENTS, chromium_path
from tests.support.server import RunningServer

REFUSED = re.compile(r"status of 400|status of (403|404|409|429) .*/(auth/[a-z-]+(\?|$)|device)")
"""What Chromium notes of an answer that is a refusal: a preview, or a page that people see."""
WAIT_MILLISECONDS = 30_000
AUDIENCE = "https://api.orders.test"


@dataclass
class Site:
    """Hold a running server with the API *Orders* and ways to make applications for it."""

    server: RunningServer
    management: httpx.Client
    api_id: str
    scope_ids: dict[str, str]

    def call(self, method: str, path: str, **body: object) -> dict[str, Any]:
        """Call the management API and return its answer."""
        answer = self.management.request(method, path, json=body or None)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def application(self, name: str) -> tuple[str, str]:
        """Make an M2M application that may read and write orders; return its id and secret."""
        made = self.call("POST", "/applications", name=name, type="m2m")["application"]
        self.call("PATCH", f"/apis/{self.api_id}/applications", applications=[{"id": made["id"]}])
        for key in ("read:orders", "write:orders"):
            path = f"/apis/{self.api_id}/applications/{made['id']}/scopes/{self.scope_ids[key]}"
            self.call("POST", path)
        return made["id"], made["client_secret"]

    def link(self) -> str:
        """Print a one-time link as an operator does."""
        done = self.server.run("console-link", "--json")
        assert done.returncode == 0, done.stderr
        url: str = json.loads(done.stdout)["url"]
        return url


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run one server for all browser tests; each makes an application of its own."""
    data = tmp_path_factory.mktemp("browser") / "data"
    data.mkdir()
    with RunningServer(data) as server, server.management() as management:
        made = Site(server, management, "", {})
        made.api_id = made.call("POST", "/apis", name="Orders", audience=AUDIENCE)["api"]["id"]
        long = "Donaudampfschifffahrtselektrizitätenhauptbetriebsgesellschaft"
        made.call("POST", "/apis", name=long, audience=f"https://api.{'x' * 40}.test")
        for key in ("read:orders", "write:orders", "delete:orders"):
            scope = made.call("POST", f"/apis/{made.api_id}/scopes", key=key, description=key)["scope"]
            made.scope_ids[key] = scope["id"]
        for key, kind, value in (("dark_mode", "bool", "false"), ("theme", "str", "teal")):
            made.call("POST", "/feature_flags", name=key, key=key, type=kind, default_value=value)
        yield made


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Run one server that people sign in to, for all browser tests."""
    data = tmp_path_factory.mktemp("people") / "data"
    data.mkdir()
    with running_people(data) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Chromium for one module: while it runs, its event loop is in the way of other tests."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_MILLISECONDS)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def session_state(site: Site, chromium: Browser) -> Any:
    """Return the cookies of a signed-in browser."""
    context = chromium.new_context()
    page = context.new_page()
    answer = page.goto(site.link())
    assert answer is not None
    assert (answer.status, page.url) == (200, f"{site.server.base_url}/console")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_browser(browsing: Any, session_state: Any) -> Any:
    """Return a function that opens a page that is signed in to the console."""
    return partial(browsing, storage_state=session_state)


@pytest.fixture
def browsing(chromium: Browser) -> Iterator[Any]:
    """Return a function that opens a page of a new browser; what its console complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**options: Any) -> Page:
        context = chromium.new_context(**options)
        context.set_default_timeout(WAIT_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: complaints.append(_said(told)) if told.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [told for told in complaints if not REFUSED.search(told)] == []


def _said(told: ConsoleMessage) -> str:
    return f"{told.text} {told.location['url']}"
