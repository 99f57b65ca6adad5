"""Be a person who uses a web application made with kinde-python-sdk: what the tests of two kinds share."""

import base64
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.clients.signing_in import AUDIENCE, EMAIL, PASSWORD, SIGNED_OUT, Prepared, prepare
from tests.support.application import RunningApplication
from tests.support.person import Person

NEWCOMER = "noa@orchard.test"


@contextmanager
def running(server, module, directory, **environment):
    """Run an application that is registered at a server; yield it with what was prepared."""
    application = RunningApplication(module, directory)
    callback = f"{application.base_url}/callback"
    # The SDK's own way to sign out names the callback as the place to go to afterwards.
    prepared = prepare(server, redirect_uris=[callback], logout_uris=[SIGNED_OUT, callback])
    given = {
        "KINDE_HOST": server.base_url,
        "KINDE_CLIENT_ID": prepared.client_id,
        "KINDE_CLIENT_SECRET": str(prepared.client_secret),
        "KINDE_REDIRECT_URI": callback,
        "KINDE_AUDIENCE": AUDIENCE,
    }
    application.start(**given, **environment)
    try:
        yield Site(application, prepared)
    finally:
        application.stop()


@dataclass
class Site:
    """Hold the application and what the server knows of it."""

    application: RunningApplication
    prepared: Prepared

    def visit(self) -> "Visit":
        """Return somebody with a new browser."""
        return Visit(self, self.application.visitor(), self.prepared.person())


@dataclass
class Visit:
    """Hold one browser: its cookies at the application, and at the server."""

    site: Site
    http: httpx.Client
    person: Person

    def location(self, path: str) -> str:
        """Open a path of the application; return where it sends the browser."""
        answer = self.http.get(path)
        assert answer.is_redirect, (answer.status_code, answer.text)
        return answer.headers["location"]

    def read(self, path: str) -> Any:
        """Return the JSON of a path of the application."""
        answer = self.http.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def come_back(self, callback: str) -> None:
        """Bring the code to the application, which then sends the browser to its first page."""
        home = self.location(callback)
        assert urlsplit(home)._replace(query="").geturl() == f"{self.site.application.base_url}/"

    def sign_in(self, path: str = "/login") -> None:
        """Sign Kim in, from a path of the application back to it."""
        self.come_back(self.person.sign_in(self.location(path), EMAIL, PASSWORD))

    def sign_up(self) -> None:
        """Sign somebody new up, with the code that was sent."""
        page = self.person.open(self.location("/register"))
        assert page.step == "sign-up", page.step
        page = self.person.send(page, p_email=NEWCOMER)
        page = self.person.send(page, p_confirmation_code=self._code())
        self.come_back(self.person.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD))

    def _code(self) -> str:
        run = self.site.prepared.server.run
        message = json.loads(run("mail", "list", "--json").stdout)[0]
        assert message["recipient"] == NEWCOMER
        text = json.loads(run("mail", "show", message["id"], "--json").stdout)["text"]
        return re.search(r"\b\d{6}\b", text).group()


def assert_refused_everything(site):
    """Check what a stranger is told."""
    visit = site.visit()
    assert visit.read("/") == {"signed_in": False}
    begun = urlsplit(visit.location("/user"))
    assert f"{begun.scheme}://{begun.netloc}{begun.path}" == f"{site.prepared.server.base_url}/oauth2/auth"


def assert_tokens_say(site, found):
    """Check what the SDK reads from Kim's tokens."""
    organization = site.prepared.organization
    access = found.pop("access")
    assert access["sub"] == site.prepared.user_id
    assert access["org_code"] == organization
    assert found.pop("token")
    assert found == {
        "permissions": {"orgCode": organization, "permissions": ["read:orders", "see:orders"]},
        "permission": {"permissionKey": "see:orders", "orgCode": organization, "isGranted": True},
        "missing": {"permissionKey": "eat:orders", "orgCode": organization, "isGranted": False},
        "roles": ["buyer"],
        "flag": ["dark_mode", "boolean", True, False],
        "flags": ["dark_mode"],
        "audience": {"name": "aud", "value": [AUDIENCE]},
        "email": {"name": "email", "value": EMAIL},
    }


def assert_portal_opens(site):
    """Check that the SDK's link opens the portal, which leads back to the application."""
    visit = site.visit()
    visit.sign_in()
    page = visit.person.open(visit.read("/portal")["url"])
    assert (page.status, page.step) == (200, "profile")
    assert visit.person.send(page, "leave") == f"{site.application.base_url}/"


def assert_account_says(site, found):
    """Check what the SDK reads from the account API."""
    assert found == {
        "organization": site.prepared.organization,
        "permissions": ["see:orders"],
        "roles": ["buyer"],
        "flags": {"dark_mode": ["boolean", True]},
    }


def assert_begins_anew(visit):
    """Check that whoever goes back to a sign-in that is over is led through a new one, without a question."""
    page = visit.person.open(visit.location("/login"))
    assert page.step == "sign-in"
    answer = visit.person.send(visit.person.send(page, p_email=EMAIL), p_password=PASSWORD)
    visit.come_back(answer)
    told = visit.person.open(str(page.response.url))
    members = parse_qs(urlsplit(told).query)
    assert members["error"] == ["login_link_expired"]
    earlier = json.loads(base64.b64decode(members["reauth_state"][0]))
    assert earlier["supports_reauth"] == "true"
    assert {"state", "nonce", "code_challenge"}.isdisjoint(earlier)
    asked = visit.location(visit.location(told))
    assert urlsplit(asked).path == "/oauth2/auth"
    visit.come_back(visit.person.open(asked))
    assert visit.read("/") == {"signed_in": True}


def assert_signed_out(visit):
    """Check that neither the application nor the server knows the browser any more."""
    assert visit.read("/") == {"signed_in": False}
    page = visit.person.open(visit.location("/login"))
    assert page.step == "sign-in"
