"""Run one real server with sample objects, and a Chromium that is signed in to its console."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.chromium import ARGUMENTS, chromium_path
from tests.support.server import RunningServer

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
        for key in ("read:orders", "write:orders", "delete:orders"):
            scope = made.call("POST", f"/apis/{made.api_id}/scopes", key=key, description=key)["scope"]
            made.scope_ids[key] = scope["id"]
        for key, kind, value in (("dark_mode", "bool", "false"), ("theme", "str", "teal")):
            made.call("POST", "/feature_flags", name=key, key=key, type=kind, default_value=value)
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Chromium for one module: while it runs, its event loop is in the way of other tests."""
    with sync_playwright() as playwright:
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
def open_browser(chromium: Browser, session_state: Any) -> Iterator[Any]:
    """Return a function that opens a signed-in page; whatever its console complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(**options: Any) -> Page:
        context = chromium.new_context(storage_state=session_state, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    # A preview that is refused is an answer of 400, which Chromium always notes.
    assert [told for told in complaints if "status of 400" not in told] == []
