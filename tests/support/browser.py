"""Be a browser before the authorization endpoint: one that keeps cookies and follows nothing by itself."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from claimsmith.domain.applications import Application, ApplicationType
from claimsmith.domain.environments import Environment
from claimsmith.domain.organizations import Organization
from claimsmith.domain.sso_sessions import Browser, SsoSession
from claimsmith.usecases import applications, sso_sessions
from claimsmith.usecases.applications import CreatedApplication
from claimsmith.usecases.sso_sessions import SignedIn
from tests.support.platform import ISSUER, OpenPlatform
from tests.support.rows import USER

URI = "https://app.test/cb"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SSO_COOKIE = "claimsmith_sso_8000"
BINDER_COOKIE = "claimsmith_binder_8000"


@dataclass
class Visit:
    """Hold a browser and the application it comes from."""

    opened: OpenPlatform
    http: httpx.AsyncClient
    client_id: str
    sent: dict[str, str] = field(default_factory=dict)

    async def ask(self, *pairs: tuple[str, str], **members: Any) -> httpx.Response:
        """Send an authorization request; `None` leaves a parameter out."""
        return await self.http.get("/oauth2/auth", params=self.parameters(*pairs, **members))

    def parameters(self, *pairs: tuple[str, str], **members: Any) -> list[tuple[str, str]]:
        """Return the parameters of a good request, with others instead."""
        good = {
            "client_id": self.client_id,
            "redirect_uri": URI,
            "response_type": "code",
            "scope": "openid offline",
            "state": "s1",
            **members,
        }
        return [*((name, value) for name, value in good.items() if value is not None), *pairs]

    async def sign_in(self, user_id: str = USER, **facts: Any) -> SsoSession:
        """Put a session of a person into the browser, as finishing a sign-in does."""
        at = facts.pop("authenticated_at", int(self.opened.clock().timestamp()))
        code = facts.pop("organization_code", None)
        organization = Organization(code, code) if code else None
        signed_in = SignedIn(user_id, facts.pop("methods", ("pwd",)), at, organization)
        application = Application(self.client_id, "Web", ApplicationType.REG)
        async with self.opened.context().storing() as work:
            begun = await sso_sessions.begin_session(work, signed_in, application, Browser())
        self.http.cookies.set(SSO_COOKIE, begun[1].reveal(), domain="127.0.0.1", path="/")
        return begun[0]


def told(answer: httpx.Response, uri: str = URI) -> dict[str, str]:
    """Return what a redirect tells the application, after checking that it goes there and nowhere else."""
    assert answer.status_code == 302, answer.text
    location = answer.headers["location"]
    assert location.startswith(f"{uri}?"), location
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True))


def refused(answer: httpx.Response) -> tuple[str, str]:
    """Return error and state that the application is told; a refusal has no code and says who speaks."""
    members = told(answer)
    assert members["iss"] == ISSUER
    assert "code" not in members
    assert members["error_description"]
    return members["error"], members.get("state", "")


def page(answer: httpx.Response) -> dict[str, str]:
    """Return what the error page is told, after checking that the application is told nothing."""
    assert answer.status_code == 302, answer.text
    where = urlsplit(answer.headers["location"])
    assert (where.scheme, where.netloc, where.path) == ("", "", "/auth/error")
    members = dict(parse_qsl(where.query, strict_parsing=True))
    assert members.pop("request_id") == answer.headers["x-request-id"]
    return members


def step(answer: httpx.Response) -> str:
    """Return the step of the page that a sign-in begins with."""
    assert answer.status_code == 302, answer.text
    where = urlsplit(answer.headers["location"])
    assert (where.scheme, where.netloc) == ("", "")
    members = dict(parse_qsl(where.query, strict_parsing=True))
    assert list(members) == ["flow"]
    assert members["flow"].startswith("flow_")
    return where.path.removeprefix("/auth/")


async def make_application(
    opened: OpenPlatform, *, type: str = "reg", environment: Environment | None = None, **members: Any
) -> CreatedApplication:
    """Make an application that people sign in to and return it with its secret."""
    context = opened.context(environment)
    made = await applications.create_application(context, name="Web", type=type, organization_code=None)
    changes = {**({} if type == "m2m" else {"redirect_uris": [URI]}), **members}
    if changes:
        await applications.change_application(context, made.application.id, changes)
    return made
