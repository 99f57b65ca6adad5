"""The pages of a sign-in refuse other browsers, other sites and other times, and give nothing away."""

import re

import pytest

from claimsmith.usecases import organizations
from tests.support.platform import open_platform
from tests.support.sign_in import OWN_PAGE, PASSWORD, Browser, codes_sent, make_application, sign_up

ADA = "ada@example.com"
NOBODY = "nobody@example.com"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
async def application(opened):
    return await make_application(opened)


async def posted(browser, page, *, headers=OWN_PAGE, button="continue", **fields):
    """Send a form as it is, with other fields or headers, and return the answer itself."""
    form = page.form(button)
    return await browser.http.post(form["action"], data={**form["fields"], **fields}, headers=headers)


async def test_without_a_flow_a_page_is_unknown(opened):
    browser = Browser(opened)
    for address in ("/auth/sign-in", "/auth/sign-in?flow=flow_unknown", "/auth/password?flow="):
        answer = await browser.http.get(address)
        assert answer.status_code == 404
        assert "This sign-in is not known here" in answer.text


@pytest.mark.parametrize("path", ["/auth/", "/auth/done", "/auth/nothing", "/auth/sign-in/more"])
async def test_there_are_no_other_pages(opened, path):
    assert (await Browser(opened).http.get(path)).status_code == 404


async def test_another_browser_sees_and_sends_nothing(opened, application):
    browser, other = Browser(opened), Browser(opened)
    page = await browser.begin(application)
    await other.begin(application)
    assert (await other.http.get(str(page.response.url))).status_code == 404
    assert (await posted(other, page, p_email=ADA)).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.test"},
        {"sec-fetch-site": "same-origin", "origin": "https://elsewhere.test"},
        {"origin": "null"},
    ],
)
async def test_a_form_of_another_site_is_refused(opened, application, headers):
    browser = Browser(opened)
    page = await browser.begin(application)
    assert (await posted(browser, page, headers=headers, p_email=ADA)).status_code == 403


async def test_a_form_without_the_token_of_this_sign_in_is_refused(opened, application):
    browser = Browser(opened)
    page, another = await browser.begin(application), await browser.begin(application)
    for token in ("", "0" * 64, another.form("continue")["fields"]["form_token"], "é"):
        assert (await posted(browser, page, p_email=ADA, form_token=token)).status_code == 403


async def test_the_password_page_cannot_be_reached_without_an_identity(opened, application):
    browser = Browser(opened)
    page = await browser.begin(application)
    for step in ("password", "verify", "set-password", "organization", "create-organization"):
        address = str(page.response.url).replace("/sign-in?", f"/{step}?")
        assert (await browser.open(address)).step == "sign-in"
        form = page.form("continue")
        answer = await browser.http.post(address, data=form["fields"], headers=OWN_PAGE)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/auth/sign-in")


async def test_a_step_that_was_answered_before_leads_to_the_one_in_turn(opened, application):
    await sign_up(Browser(opened), application, ADA)
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application), p_email=ADA)
    assert "code" in (await browser.send(page, p_password=PASSWORD)).callback
    answer = await posted(browser, page, p_password=PASSWORD)
    assert answer.status_code == 410
    assert "This sign-in is over" in answer.text


async def test_a_sign_in_that_took_too_long_is_over(opened, application):
    browser = Browser(opened)
    page = await browser.begin(application)
    again = await browser.begin(application, supports_reauth="true")
    opened.clock.move(3_601)
    assert (await browser.http.get(str(page.response.url))).status_code == 410
    told = (await browser.open(str(again.response.url))).callback
    assert told["error"] == "login_link_expired"
    assert told["reauth_state"]


async def test_a_page_is_looked_at_without_effect(opened, application):
    browser = Browser(opened)
    page = await browser.send(
        await browser.begin(application, prompt="create"),
        p_email=ADA,
        p_first_name="Ada",
        p_last_name="Byron",
    )
    for step in ("sign-in", "sign-up", "forgot-password"):
        address = str(page.response.url).replace("/verify?", f"/{step}?")
        assert (await browser.open(address)).step == step
        assert (await browser.http.head(address)).status_code == 200
    code = (await codes_sent(opened, ADA))[0]
    assert (await browser.send(page, p_confirmation_code=code)).step == "set-password"


async def test_pages_allow_nothing_but_their_own_files_and_the_way_back(opened, application):
    answer = (await Browser(opened).begin(application)).response
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self' https://app.test; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "style=" not in answer.text
    assert re.findall(r"<script(?![^>]*\bsrc=)", answer.text) == []


async def test_what_was_typed_is_shown_as_text(opened, application):
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application), p_email='"><script>alert(1)</script>@x')
    assert page.status == 400
    assert "<script>alert" not in page.text


async def test_known_and_unknown_identities_are_answered_alike(opened, application):
    await sign_up(Browser(opened), application, ADA)
    pages = {}
    for address in (ADA, NOBODY):
        browser = Browser(opened)
        seen = [await browser.send(await browser.begin(application), p_email=address)]
        seen.append(await browser.send(seen[-1], p_password="wrong words of a password"))
        seen.append(await browser.send(await browser.click(seen[-1], "forgot-link"), p_email=address))
        seen.append(await browser.send(seen[-1], p_confirmation_code="000000"))
        began = await browser.begin(application, prompt="create")
        seen.append(await browser.send(began, p_email=address, p_first_name="A", p_last_name="B"))
        pages[address] = [
            (page.status, page.step, re.sub(r"flow_\w+|[0-9a-f]{64}", "", page.text.replace(address, "")))
            for page in seen
        ]
    assert pages[ADA] == pages[NOBODY]
    assert await codes_sent(opened, NOBODY) != []


async def test_wrong_passwords_lock_known_and_unknown_accounts_alike(opened, application):
    await sign_up(Browser(opened), application, ADA)
    seen = {}
    for address in (ADA, NOBODY):
        browser = Browser(opened)
        page = await browser.send(await browser.begin(application), p_email=address)
        seen[address] = []
        for _ in range(6):
            answer = await browser.send(page, p_password="wrong words of a password")
            seen[address].append((answer.status, "Too many wrong passwords" in answer.text))
    assert seen[ADA] == seen[NOBODY]
    assert seen[ADA] == [(400, False)] * 4 + [(429, True)] * 2


async def test_a_code_is_dead_after_five_tries_and_belongs_to_its_sign_in(opened, application):
    browser, other = Browser(opened), Browser(opened)
    names = {"p_first_name": "Ada", "p_last_name": "Byron"}
    page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **names)
    code = (await codes_sent(opened, ADA))[0]
    elsewhere = await other.send(await other.begin(application, prompt="create"), p_email=ADA, **names)
    assert (await other.send(elsewhere, p_confirmation_code=code)).step == "verify"
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert (await browser.send(page, p_confirmation_code=wrong)).status == 400
    assert (await browser.send(page, p_confirmation_code=code)).status == 400
    opened.clock.move(1)
    page = await browser.send(page, "resend")
    newest = (await codes_sent(opened, ADA))[0]
    assert (await browser.send(page, p_confirmation_code=newest)).step == "set-password"


async def test_codes_to_one_address_are_limited(opened, application):
    browser = Browser(opened)
    page = await browser.send(
        await browser.begin(application, prompt="create"), p_email=ADA, p_first_name="A", p_last_name="B"
    )
    for _ in range(5):
        page = await browser.send(page, "resend")
        assert page.status == 200
    assert (await browser.send(page, "resend")).status == 429


async def test_colours_are_values_and_nothing_else(opened):
    browser = Browser(opened)
    context = opened.context()
    made = await organizations.create_organization(
        context, name="Mill", members={"button_color": "#123456", "theme_code": "light"}, feature_flags={}
    )
    answer = await browser.http.get("/auth/brand.css", params={"org_code": made.code})
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.text == (
        ":root { --button: #123456; --button-ink: #ffffff; }\n:root { color-scheme: light; }\n"
    )
    for code in ("org_unknown", "}*{color:red}", ""):
        assert (await browser.http.get("/auth/brand.css", params={"org_code": code})).text == ""


async def test_an_organization_shows_its_radii_and_its_logo(opened, application):
    context = opened.context()
    look = {"card_border_radius": "3", "button_border_radius": "0", "theme_code": "user_preference"}
    logos = {"logo_uri": "https://mill.test/day.svg", "logo_dark_uri": "https://night.mill.test/n.svg"}
    made = await organizations.create_organization(
        context, name='Mill "&Co"', members={**look, **logos}, feature_flags={}
    )
    browser = Browser(opened)
    sheet = await browser.http.get("/auth/brand.css", params={"org_code": made.code})
    assert sheet.text == ":root { --button-radius: 0px; --card-radius: 3px; }\n"
    page = await browser.begin(application, org_code=made.code)
    assert '<img class="logo" src="https://mill.test/day.svg" alt="Mill &#34;&amp;Co&#34;"' in page.text
    assert 'srcset="https://night.mill.test/n.svg" media="(prefers-color-scheme: dark)"' in page.text
    policy = page.response.headers["content-security-policy"]
    assert "img-src 'self' data: https://mill.test https://night.mill.test" in policy
    await organizations.change_organization(context, made.code, {"theme_code": "dark"})
    page = await browser.begin(application, org_code=made.code)
    assert ('src="https://night.mill.test/n.svg"' in page.text, "day.svg" in page.text) == (True, False)
    page = await browser.begin(application)
    assert "mill.test" not in page.text + page.response.headers["content-security-policy"]


async def test_the_error_page_says_nothing_that_was_sent(opened):
    answer = await Browser(opened).http.get(
        "/auth/error", params={"reason": "<b>bad</b>", "request_id": "call 555", "client_id": "<i>x"}
    )
    assert answer.status_code == 400
    for sent in ("bad", "555", "&lt;i"):
        assert sent not in answer.text


async def test_signing_out_is_asked_about_and_leads_only_where_is_registered(opened):
    application = await make_application(opened, logout_uris=["https://app.test/bye"])
    browser = Browser(opened)
    await sign_up(browser, application, ADA)
    page = await browser.open(
        "/logout?post_logout_redirect_uri=https://evil.test/&client_id=" + application.id
    )
    assert (page.step, page.status) == ("sign-out", 200)
    assert "evil" not in page.text
    page = await browser.open(
        "/logout?post_logout_redirect_uri=https://app.test/bye&client_id=" + application.id
    )
    assert "form-action 'self' https://app.test;" in page.response.headers["content-security-policy"]
    form = page.form("confirm")
    other = Browser(opened)
    for each, headers in ((browser, {"sec-fetch-site": "cross-site"}), (other, OWN_PAGE)):
        refused = await each.http.post(form["action"], data=form["fields"], headers=headers)
        assert refused.status_code == 403
    assert "code" in (await browser.begin(application)).callback
    page = await browser.send(page, "confirm")
    assert page.response.headers["location"] == "https://app.test/bye"
    assert (await browser.begin(application)).step == "sign-in"
    assert (await browser.open("/auth/sign-out")).step == "signed-out"
