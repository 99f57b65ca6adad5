"""Visit the console as a browser does: follow the link, keep the cookie, send forms with their token."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx

from claimsmith.domain.environments import Environment, split_issuer
from claimsmith.usecases import console_sessions
from tests.support.platform import OpenPlatform

FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Visitor:
    """Hold a client with its cookies. `origin` is the address of the pages it says it comes from."""

    http: httpx.AsyncClient
    origin: str
    prefix: str = ""
    form_token: str = ""

    async def get(self, path: str) -> httpx.Response:
        """Open a page of the console."""
        return await self.http.get(f"{self.origin}{self.prefix}/console{path}")

    async def post(
        self, path: str, fields: list[tuple[str, str]] | None = None, **options: Any
    ) -> httpx.Response:
        """Send a form as a page of the console would; `headers` and `form_token` may be wrong on purpose."""
        token = options.pop("form_token", self.form_token)
        pairs = [*([("form_token", token)] if token is not None else []), *(fields or [])]
        headers = options.pop("headers", {"Sec-Fetch-Site": "same-origin", "Origin": "null"})
        return await self.http.post(
            f"{self.origin}{self.prefix}/console{path}",
            content=urlencode(pairs),
            headers={**FORM_TYPE, **headers},
        )

    async def sign_in(self, link: str) -> "Visitor":
        """Open a link and read the form token from the first page."""
        redeemed = await self.http.get(link)
        assert redeemed.status_code == 303, redeemed.text
        first = await self.http.get(f"{self.origin}{redeemed.headers['location']}")
        assert first.status_code == 200, first.text
        self.form_token = field_value(first.text, "form_token")
        return self


def visitor(opened: OpenPlatform, environment: Environment | None = None) -> Visitor:
    """Return a visitor without a session."""
    issuer = (environment or opened.environment).issuer
    scheme, host, prefix = split_issuer(issuer)
    return Visitor(opened.http(f"{scheme}://{host}"), f"{scheme}://{host}", prefix)


async def signed_in(opened: OpenPlatform, environment: Environment | None = None) -> Visitor:
    """Return a visitor with a session."""
    link = await console_sessions.make_link(opened.context(environment))
    return await visitor(opened, environment).sign_in(link)


def field_value(page: str, name: str) -> str:
    """Return the value of the first input with a name."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return unescape(found[1])


def text_of(page: str) -> str:
    """Return what a page says, without its tags, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
