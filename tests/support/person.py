"""Be a person with a browser in front of a running server: open addresses, fill in the forms of its pages."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support.general_rules import assert_general_rules
from tests.support.server import RunningServer
from tests.support.sign_in import OWN_PAGE, Page

MOST_STEPS = 20


class Person:
    """Hold one browser's cookies. Whatever leads away from the server is where the application is told."""

    def __init__(self, server: RunningServer) -> None:
        """Begin without a session."""
        self._server = server
        self._http = httpx.Client(
            base_url=server.base_url,
            verify=server.verify,
            timeout=30,
            # Nothing is left open when a person is no longer needed.
            limits=httpx.Limits(max_keepalive_connections=0),
            event_hooks={"response": [assert_general_rules]},
        )

    def open(self, address: str) -> Page | str:
        """Open an address and follow it; return the page it ends at, or the address elsewhere."""
        return self._follow(self._http.get(address))

    def send(self, page: Page | str, button: str = "continue", **fields: str) -> Page | str:
        """Fill in the form that has a button, and press it."""
        assert isinstance(page, Page), page
        form = page.form(button)
        name, value = form["buttons"][button]
        sent = {**form["fields"], **fields, **({name: value} if name else {})}
        action = urljoin(str(page.response.url), form["action"] or "")
        return self._follow(self._http.post(action, data=sent, headers=OWN_PAGE))

    def sign_in(self, address: str, email: str, password: str) -> str:
        """Sign in with a password; return where the application is told of it."""
        page = self.open(address)
        page = self.send(page, p_email=email)
        answer = self.send(page, p_password=password)
        assert isinstance(answer, str), (answer.step, answer.text)
        return answer

    def _follow(self, response: httpx.Response) -> Page | str:
        for _ in range(MOST_STEPS):
            if not response.is_redirect:
                return Page(response)
            target = urljoin(str(response.url), response.headers["location"])
            if urlsplit(target).netloc != urlsplit(self._server.base_url).netloc:
                return target
            response = self._http.get(target)
        raise AssertionError(f"more than {MOST_STEPS} redirects, the last to {response.headers['location']}")


def make_person(
    management: httpx.Client, *, email: str, password_hash: str, organization_code: str, **profile: Any
) -> str:
    """Make a user of an organization with a verified address and a password's bcrypt hash; return the id."""
    identity = {"type": "email", "details": {"email": email}, "is_verified": True}
    body = {"profile": profile, "organization_code": organization_code, "identities": [identity]}
    made = management.post("/user", json=body)
    assert made.status_code in (200, 201), made.text
    user_id = str(made.json()["id"])
    given = {"hashed_password": password_hash, "hashing_method": "bcrypt"}
    answer = management.put(f"/users/{user_id}/password", json=given)
    assert answer.status_code == 200, answer.text
    return user_id
