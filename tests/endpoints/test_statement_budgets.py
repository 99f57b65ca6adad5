"""What people do costs a fixed number of database statements, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from claimsmith.crypto.secrets import hash_secret, make_opaque_token
from tests.support import statements
from tests.support.platform import open_platform
from tests.support.sign_in import CALLBACK, OWN_PAGE, PASSWORD, Browser, Page, make_application, sign_up
from tests.support.signed_in import AUDIENCE, CHALLENGE, ORGANIZATION, REDIRECT_URI, sign_in


@pytest.fixture(params=["sqlite", "postgresql"])
async def kim(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened, await opened.management() as management:
        yield await sign_in(opened, management)


class Counted(statements.Counted):
    """Count the statements of one request.

    The views of clients are made current before, as a running server does all the time.
    """

    def __init__(self, kim):
        super().__init__(kim.opened.platform.database.engine)
        self._catch_up = kim.opened.platform.directory.catch_up

    async def __aenter__(self):
        await super().__aenter__()
        await self._catch_up()
        await asyncio.sleep(0.01)
        self.begin_anew()
        return self


async def test_code_costs_one_write_and_one_read(kim):
    await kim.tokens()
    code = await kim.code()
    async with Counted(kim) as counted:
        assert (await kim.redeem(code)).status_code == 200
    assert (counted.writes, counted.reads) == (1, 1), counted.kinds


async def test_refresh_costs_one_write_and_one_read(kim):
    tokens = await kim.tokens()
    async with Counted(kim) as counted:
        assert (await kim.refresh(tokens["refresh_token"])).status_code == 200
    assert (counted.writes, counted.reads) == (1, 1), counted.kinds


async def test_introspection_costs_one_read(kim):
    tokens = await kim.tokens()
    async with Counted(kim) as counted:
        assert await kim.is_active(tokens["access_token"])
    assert (counted.writes, counted.reads) == (0, 1), counted.kinds


async def test_userinfo_costs_two_reads(kim):
    tokens = await kim.tokens()
    async with Counted(kim) as counted:
        assert (await kim.userinfo(tokens["access_token"])).status_code == 200
    assert (counted.writes, counted.reads) == (0, 2), counted.kinds


async def test_authorization_request_with_a_session(kim):
    """Two looks: one that decides without a writer's lock, and one in the transaction that makes the code."""
    token = make_opaque_token("sso").reveal()
    session = replace(kim.session, expires_at=kim.opened.clock() + timedelta(days=1))
    async with kim.opened.context().storing() as work:
        await work.sso_sessions.add(session, bytes(hash_secret(token)))
    query = {
        "client_id": kim.web.id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid profile email offline",
        "audience": AUDIENCE,
        "org_code": ORGANIZATION,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "state-that-is-long-enough",
    }
    async with kim.opened.http(headers={"Cookie": f"claimsmith_sso_8000={token}"}) as http:
        for _ in range(2):
            async with Counted(kim) as counted:
                answer = await http.get("/oauth2/auth", params=query)
            assert answer.status_code == 302
            assert answer.headers["location"].startswith(f"{REDIRECT_URI}?code=cs_ac_")
    assert counted.writes == 1, counted.kinds
    assert counted.reads <= 10, counted.kinds


SIGN_IN = (  # page: statements that read, that write, transactions
    ("authorization request", 0, 1, 1),
    ("sign-in page", 1, 0, 0),
    ("address", 1, 3, 1),
    ("password page", 1, 0, 0),
    ("password", 9, 11, 2),
)


async def test_each_page_of_a_password_sign_in(kim):
    """The password page has one transaction before the hash, which counts the try, and one after it."""
    opened = kim.opened
    application = await make_application(opened)
    assert (await sign_up(Browser(opened), application, "ada@orchard.test")).callback
    browser = Browser(opened)
    await browser.open("/auth/error")  # the pages are made when they are first asked for
    costs = []

    async def counted(send):
        async with Counted(kim) as count:
            answer = await send()
        costs.append((count.reads, count.writes, count.begun))
        return answer

    query = {
        "client_id": application.id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile email offline",
        "state": "state-that-is-long-enough",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    http = browser.http
    await opened.platform.directory.find(opened.environment.id, application.id)
    answer = await counted(lambda: http.get("/oauth2/auth", params=query))
    for field in ({"p_email": "ada@orchard.test"}, {"p_password": PASSWORD}):
        address = answer.headers["location"]
        form = Page(await counted(lambda address=address: http.get(address))).form("continue")
        sent = {**form["fields"], **field}
        answer = await counted(
            lambda form=form, sent=sent: http.post(form["action"], data=sent, headers=OWN_PAGE)
        )
    assert answer.headers["location"].startswith(f"{CALLBACK}?code=cs_ac_")
    assert costs == [tuple(page[1:]) for page in SIGN_IN]
