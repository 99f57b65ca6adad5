"""An application sends people straight to one way to sign in: `connection_id`, and `login_hint` with it.

Past the first page that leads only where the application has a screen of its own for it.
"""

import pytest

from claimsmith.usecases import applications, connections, messages, policies
from tests.support.platform import open_platform
from tests.support.sign_in import PASSWORD, Browser, codes_sent, make_application, offer, sign_up

ADA = "ada@example.com"


@pytest.fixture
async def opened(tmp_path):
    async with open_platform(tmp_path) as opened:
        yield opened


@pytest.fixture
async def application(opened):
    """Make an application with screens of its own, and an account of Ada."""
    made = await make_application(opened, is_allow_faceless_auth=True)
    await sign_up(Browser(opened), made, ADA)
    return made


async def connection(opened, strategy):
    found = await connections.list_connections(opened.context())
    return next(each.id for each in found if each.strategy == strategy)


async def sent(opened):
    return len(await messages.list_messages(opened.context()))


@pytest.mark.parametrize("wrong", ["conn_" + "0" * 32, "email:otp", "phone:otp"])
async def test_a_connection_that_is_not_offered_is_refused(opened, application, wrong):
    asked = await connection(opened, wrong) if ":" in wrong else wrong
    told = (await Browser(opened).begin(application, connection_id=asked, login_hint=ADA)).callback
    assert (told["error"], told["state"]) == ("invalid_request", "state-1")
    assert "connection_id" in told["error_description"]
    await offer(opened, application, "email:otp")
    default = await connection(opened, "email:password")
    told = (await Browser(opened).begin(application, connection_id=default)).callback
    assert told["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("strategy", "hint", "typed"), [("email:otp", ADA, ADA), ("username:password", "username:ada", "ada")]
)
async def test_without_a_screen_of_its_own_the_first_page_is_shown(
    opened, application, strategy, hint, typed
):
    await offer(opened, application, "email:otp", "username:password")
    await applications.change_application(opened.context(), application.id, {"is_allow_faceless_auth": False})
    asked = await connection(opened, strategy)
    before = await sent(opened)
    page = await Browser(opened).begin(application, connection_id=asked, login_hint=hint)
    assert (page.status, page.step, await sent(opened)) == (200, "sign-in", before)
    assert page.form("continue")["fields"]["p_email"] == typed
    names = {"email:otp": "Email address", "username:password": "Username"}
    assert {name for name in names.values() if name in page.text} == {names[strategy]}
    page = await Browser(opened).begin(application, connection_id=asked, login_hint=hint, prompt="create")
    assert (page.step, await sent(opened)) == ("sign-up", before)


async def test_the_switch_holds_for_the_application_alone(opened, application):
    other = await make_application(opened, "Other")
    asked = await connection(opened, "email:password")
    for each, step in ((application, "password"), (other, "sign-in")):
        page = await Browser(opened).begin(each, connection_id=asked, login_hint=ADA)
        assert page.step == step


async def test_a_hint_leads_straight_to_the_password(opened, application):
    asked = await connection(opened, "email:password")
    browser = Browser(opened)
    before = await sent(opened)
    page = await browser.begin(application, connection_id=asked, login_hint="Ada@Example.com")
    assert (page.status, page.step, await sent(opened)) == (200, "password", before)
    assert "Ada@Example.com" in page.text
    assert "code" in (await browser.send(page, p_password=PASSWORD)).callback


async def test_a_hint_leads_straight_to_a_code_that_is_sent_once(opened, application):
    await offer(opened, application, "email:otp", "username:password")
    asked = await connection(opened, "email:otp")
    browser = Browser(opened)
    before = await sent(opened)
    opened.clock.move(1)
    page = await browser.begin(application, connection_id=asked, login_hint=ADA, lang="de")
    assert (page.step, await sent(opened)) == ("verify", before + 1)
    assert (await messages.list_messages(opened.context()))[0].language == "de"
    assert (await browser.open(str(page.response.url))).step == "verify"
    assert await sent(opened) == before + 1
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    assert "code" in page.callback


async def test_a_username_hint_goes_by_its_connection(opened, application):
    asked = await connection(opened, "username:password")
    page = await Browser(opened).begin(application, connection_id=asked, login_hint="username:Joe")
    assert (page.step, "Joe" in page.text) == ("password", True)


@pytest.mark.parametrize("hint", ["", "username:", "phone:+1", "not an address@", "a@b@c"])
async def test_a_hint_that_says_nobody_is_shown_on_the_first_page(opened, application, hint):
    asked = await connection(opened, "email:password")
    page = await Browser(opened).begin(application, connection_id=asked, login_hint=hint)
    assert (page.status, page.step) == (200, "sign-in")


async def test_without_a_connection_the_first_page_is_filled_in(opened, application):
    page = await Browser(opened).begin(application, login_hint=ADA)
    assert (page.step, page.form("continue")["fields"]["p_email"]) == ("sign-in", ADA)


async def test_a_connection_alone_narrows_the_ways_of_the_first_page(opened, application):
    await offer(opened, application, "email:otp", "username:password")
    asked = await connection(opened, "username:password")
    page = await Browser(opened).begin(application, connection_id=asked)
    assert (page.step, "Username" in page.text, "Email address" in page.text) == ("sign-in", True, False)


async def test_a_hint_tells_nobody_who_has_an_account(opened, application):
    asked = await connection(opened, "email:password")
    unknown = await Browser(opened).begin(application, connection_id=asked, login_hint="eve@example.com")
    assert unknown.step == "password"
    await policies.change_policy(opened.context(), "access", {"is_enumeration_protected": False})
    told = await Browser(opened).begin(application, connection_id=asked, login_hint="eve@example.com")
    assert told.step == "sign-in"


async def test_hints_count_as_what_is_typed_does(opened, application):
    await offer(opened, application, "email:otp")
    asked = await connection(opened, "email:otp")
    before = await sent(opened)
    steps = [
        (await Browser(opened).begin(application, connection_id=asked, login_hint=ADA)).step for _ in range(8)
    ]
    assert steps[-1] == "sign-in"
    assert await sent(opened) - before == steps.count("verify") <= 6


async def test_whoever_is_signed_in_is_not_asked(opened, application):
    browser = Browser(opened)
    asked = await connection(opened, "email:password")
    page = await browser.begin(application, connection_id=asked, login_hint=ADA)
    await browser.send(page, p_password=PASSWORD)
    before = await sent(opened)
    page = await browser.begin(application, connection_id=asked, login_hint=ADA)
    assert ("code" in page.callback, await sent(opened)) == (True, before)


async def test_a_sign_up_from_a_screen_of_its_own_goes_on_with_the_code(opened, application):
    context = opened.context()
    await applications.change_application(context, application.id, {"is_ask_for_name": False})
    asked = await connection(opened, "email:password")
    browser, new = Browser(opened), "grace@example.com"
    page = await browser.begin(application, connection_id=asked, login_hint=new, prompt="create")
    assert page.step == "verify"
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, new))[0])
    assert page.step == "set-password"
    page = await browser.send(page, p_first_password=PASSWORD, p_second_password=PASSWORD)
    assert "code" in page.callback


@pytest.mark.parametrize(
    "members",
    [
        {"is_ask_for_name": True},
        {"is_ask_for_name": False, "has_marketing_consent": True},
        {"is_ask_for_name": False, "terms_uri": "https://app.test/terms"},
    ],
)
async def test_a_sign_up_that_asks_for_more_begins_at_its_page(opened, application, members):
    context = opened.context()
    await policies.change_policy(context, "access", {"is_terms_acceptance_asked": True})
    await applications.change_application(context, application.id, members)
    asked = await connection(opened, "email:password")
    before = await sent(opened)
    page = await Browser(opened).begin(
        application, connection_id=asked, login_hint="grace@example.com", prompt="create"
    )
    assert (page.step, await sent(opened)) == ("sign-up", before)
    assert page.form("continue")["fields"]["p_email"] == "grace@example.com"


async def test_a_sign_up_that_is_refused_begins_at_its_page(opened, application):
    context = opened.context()
    await applications.change_application(context, application.id, {"is_ask_for_name": False})
    await policies.change_policy(context, "access", {"is_self_sign_up_allowed": False})
    asked = await connection(opened, "email:password")
    page = await Browser(opened).begin(
        application, connection_id=asked, login_hint="grace@example.com", prompt="create"
    )
    assert (page.status, page.step) == (200, "sign-up")
