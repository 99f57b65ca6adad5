"""People look after their own things in the portal, which a one-time link opens."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.endpoints.test_user_tokens import change, kim  # noqa: F401 - a fixture
from tests.support.platform import ISSUER, open_platform
from tests.support.rows import USER
from tests.support.sign_in import OWN_PAGE, Browser
from tests.support.signed_in import ORGANIZATION

BACK = "https://app.orders.test/account?tab=1"


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as platform:
        yield platform


async def ask(kim, token, **query):  # noqa: F811
    async with kim.opened.http(headers={"Authorization": f"Bearer {token}"}) as http:
        return await http.get("/account_api/v1/portal_link", params=query)


async def link(kim, token=None, **query):  # noqa: F811
    token = token or (await kim.tokens())["access_token"]
    answer = await ask(kim, token, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["url"]


async def refusal(kim, token, **query):  # noqa: F811
    answer = await ask(kim, token, **query)
    return answer.status_code, answer.json()["errors"][0]["code"]


async def test_without_a_visit_nothing_is_shown_and_nothing_taken(kim):  # noqa: F811
    browser = Browser(kim.opened)
    for address in ("/portal_redirect", "/portal_redirect?key=portal_link_x", "/portal/profile"):
        assert (await browser.open(address)).status == 403
    assert (await browser.open("/portal/organization")).status == 403
    assert (await browser.open("/portal/other")).status == 404
    sent = await browser.http.post("/portal/profile", data={"p_first_name": "Eve"}, headers=OWN_PAGE)
    assert sent.status_code == 403


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"subnav": "elsewhere"}, "SUBNAV_UNKNOWN"),
        ({"return_url": "https://evil.test/"}, "RETURN_URL_UNKNOWN"),
        ({"return_url": "https://app.orders.test.evil.test/"}, "RETURN_URL_UNKNOWN"),
        ({"return_url": "https://app.orders.test:444/"}, "RETURN_URL_UNKNOWN"),
        ({"return_url": "//evil.test/"}, "INVALID_INPUT"),
        ({"return_url": "https://app.orders.test@evil.test/"}, "INVALID_INPUT"),
        ({"return_url": "https://app.orders.test\\@evil.test/"}, "INVALID_INPUT"),
        ({"return_url": "javascript:alert(1)"}, "INVALID_INPUT"),
        ({"return_url": "/relative"}, "INVALID_INPUT"),
    ],
)
async def test_a_link_leads_to_known_pages_and_back_to_known_sites(kim, query, code):  # noqa: F811
    """No open redirect (RFC 9700 §4.11)."""
    token = (await kim.tokens())["access_token"]
    status, told = await refusal(kim, token, **query)
    assert status == 400
    if code != "INVALID_INPUT":
        assert told == code


async def test_pages_of_an_organization_need_one(kim):  # noqa: F811
    nowhere = (await kim.tokens(organization_code=None))["access_token"]
    assert await refusal(kim, nowhere, subnav="organization_details") == (400, "ORGANIZATION_REQUIRED")
    browser = Browser(kim.opened)
    page = await browser.open(await link(kim, nowhere))
    assert "to-organization" not in page.parsed.links
    assert (await browser.open("/portal/organization")).step == "profile"


@pytest.mark.parametrize("name", ["subnav", "sub_nav"])
async def test_a_link_opens_the_page_asked_for_and_leads_back(kim, name):  # noqa: F811
    url = await link(kim, **{name: "organization_details", "return_url": BACK})
    assert url.startswith(f"{ISSUER}/portal_redirect?key=portal_link_")
    browser = Browser(kim.opened)
    page = await browser.open(url)
    assert (page.step, page.status) == ("organization", 200)
    assert "Orchard Ltd" in page.text
    assert "Buyer" in page.text
    assert "form-action 'self' https://app.orders.test;" in page.response.headers["content-security-policy"]
    left = await browser.send(page, "leave")
    assert (left.status, left.response.headers["location"]) == (303, BACK)
    assert (await browser.open("/portal/organization")).status == 403


async def test_a_link_is_good_once(kim):  # noqa: F811
    """Of many takers one wins."""
    url = await link(kim)
    answers = await asyncio.gather(*(Browser(kim.opened).http.get(url) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 403, 403, 403, 403]
    won = next(answer for answer in answers if answer.status_code == 303)
    assert won.headers["cache-control"] == "no-store"
    cookie = won.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "key=" not in won.headers["location"]


async def test_links_and_visits_do_not_last(kim):  # noqa: F811
    late = await link(kim)
    kim.opened.clock.move(301)
    assert (await Browser(kim.opened).open(late)).status == 403
    browser = Browser(kim.opened)
    assert (await browser.open(await link(kim))).status == 200
    kim.opened.clock.move(3_601)
    assert (await browser.open("/portal/profile")).status == 403


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("users", {"is_suspended": True}),
        ("organizations", {"is_suspended": True}),
        ("memberships", None),
        ("grants", {"revoked_because": "signed_out"}),
    ],
)
async def test_a_visit_ends_with_the_right_to_be_there(kim, table, values):  # noqa: F811
    browser = Browser(kim.opened)
    assert (await browser.open(await link(kim))).status == 200
    if table == "grants":
        values = {**values, "revoked_at": kim.opened.clock()}
    await change(kim, table, values)
    assert (await browser.open("/portal/profile")).status == 403


async def test_a_changed_name_is_in_the_next_token(kim):  # noqa: F811
    browser = Browser(kim.opened)
    page = await browser.open(await link(kim, subnav="profile"))
    assert page.form("save")["fields"]["p_first_name"] == "Kim"
    assert page.parsed.links["to-security"] == "/auth/security"
    page = await browser.send(page, "save", p_first_name="Kim Lee", p_last_name="<b>Ode</b>")
    assert (page.step, "Saved." in page.text) == ("profile", True)
    assert "&lt;b&gt;Ode" in page.text
    token = (await kim.tokens())["access_token"]
    profile = (await kim.userinfo(token)).json()
    assert (profile["given_name"], profile["family_name"]) == ("Kim Lee", "<b>Ode</b>")
    page = await browser.send(page, "save", p_first_name="x" * 256)
    assert (page.status, 'id="p_first_name-wrong"' in page.text) == (400, True)


async def test_forms_of_other_sites_and_visits_are_refused(kim):  # noqa: F811
    browser, other = Browser(kim.opened), Browser(kim.opened)
    page = await browser.open(await link(kim))
    await other.open(await link(kim))
    fields = {**page.form("save")["fields"], "p_first_name": "Eve"}
    for sender, headers in (
        (other, OWN_PAGE),
        (browser, {}),
        (browser, {"sec-fetch-site": "cross-site"}),
    ):
        sent = await sender.http.post("/portal/profile", data=fields, headers=headers)
        assert sent.status_code == 403
    sent = await browser.http.post("/portal/leave", data={"form_token": "x"}, headers=OWN_PAGE)
    assert sent.status_code == 403
    assert (await browser.open("/portal/profile")).form("save")["fields"]["p_first_name"] == "Kim"


async def test_the_pages_speak_german(kim):  # noqa: F811
    browser = Browser(kim.opened, headers={"accept-language": "de"})
    page = await browser.open(await link(kim))
    assert 'lang="de"' in page.text
    assert "Ihr Profil" in page.text
    assert "Verlassen" in page.text


# The management API


async def generate(kim, **body):  # noqa: F811
    return await kim.management.post("/api/v1/portal/generate_url", json=body)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"user_id": "kp_unknown"}, 404, "USER_NOT_FOUND"),
        ({"user_id": USER, "organization_code": "org_0000000000f"}, 404, "ORGANIZATION_NOT_FOUND"),
        ({"user_id": USER, "sub_nav": "organization_details"}, 400, "ORGANIZATION_REQUIRED"),
        ({"user_id": USER, "return_url": "https://evil.test/"}, 400, "RETURN_URL_UNKNOWN"),
    ],
)
async def test_an_application_gets_links_for_whom_there_is(kim, body, status, code):  # noqa: F811
    answer = await generate(kim, **body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code)


async def test_an_application_gets_links_for_members_only(kim):  # noqa: F811
    await change(kim, "memberships", None)
    answer = await generate(kim, user_id=USER, organization_code=ORGANIZATION)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MEMBERSHIP_MISSING")
    await change(kim, "users", {"is_suspended": True})
    answer = await generate(kim, user_id=USER)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "USER_SUSPENDED")


async def test_a_link_of_an_application_opens_the_portal(kim):  # noqa: F811
    made = await generate(
        kim,
        user_id=USER,
        organization_code=ORGANIZATION,
        sub_nav="organization_members",
        return_url=BACK,
    )
    assert made.status_code == 201
    url = made.json()["url"]
    assert set(parse_qs(urlsplit(url).query)) == {"key"}
    browser = Browser(kim.opened)
    assert (await browser.open(url)).step == "organization"
    await change(kim, "memberships", None)
    assert (await browser.open("/portal/profile")).status == 403
