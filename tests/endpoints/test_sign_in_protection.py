"""Signing in is protected alike on SQLite and PostgreSQL: against guessing, against races, against theft."""

import asyncio
import threading
import time
from statistics import median

import pytest

from claimsmith.crypto.password_hashing import WAITING_PER_THREAD
from claimsmith.domain.users import IdentityType
from claimsmith.usecases import sign_in as rules
from claimsmith.usecases import users
from tests.support.platform import open_platform
from tests.support.sign_in import (
    OWN_PAGE,
    PASSWORD,
    Browser,
    codes_sent,
    make_application,
    sign_up,
)
from tests.support.statements import Counted

ADA, NOBODY = "ada@example.com", "nobody@example.com"
NAMES = {"p_first_name": "Ada", "p_last_name": "Byron"}
WRONG = "wrong words of a password"
SAMPLES = 5


@pytest.fixture(params=["sqlite", "postgresql"])
async def opened(request, tmp_path):
    url = request.getfixturevalue("unmade_postgres_url") if request.param == "postgresql" else None
    async with open_platform(tmp_path, database_url=url) as opened:
        yield opened


@pytest.fixture
async def application(opened):
    return await make_application(opened)


async def at_password(opened, application, address):
    browser = Browser(opened)
    return browser, await browser.send(await browser.begin(application), p_email=address)


class Cost(Counted):
    """Measure what a request costs: the statements it sends, and the time of the processor, of every thread.

    Time by the clock would tell of whatever else the machine does.
    """

    seconds = 0.0

    def __init__(self, opened):
        super().__init__(opened.platform.database.engine)

    async def __aenter__(self):
        await super().__aenter__()
        self._began = time.process_time()
        return self

    async def __aexit__(self, *_):
        self.seconds = time.process_time() - self._began
        await super().__aexit__()


async def test_a_wrong_password_costs_as_much_for_nobody_as_for_somebody(opened, application):
    await sign_up(Browser(opened), application, ADA)
    seconds, statements = {ADA: [], NOBODY: []}, {}
    for _ in range(SAMPLES):
        for address in (ADA, NOBODY):
            browser, page = await at_password(opened, application, address)
            async with Cost(opened) as cost:
                await browser.send(page, p_password=WRONG)
            seconds[address].append(cost.seconds)
            statements[address] = cost.kinds
        opened.clock.move(3_600)
    assert len(statements[ADA]) == len(statements[NOBODY]) > 4, statements
    assert median(seconds[ADA]) == pytest.approx(median(seconds[NOBODY]), rel=0.3)


async def test_several_who_sign_in_as_one_at_once_do_not_stop_each_other(opened, application):
    """Each counts its try before it compares, and takes that back while others count theirs."""
    await sign_up(Browser(opened), application, ADA)
    for _ in range(3):
        waiting = [await at_password(opened, application, ADA) for _ in range(4)]
        sent = [browser.send(page, p_password=PASSWORD) for browser, page in waiting]
        for page in await asyncio.gather(*sent):
            assert page.callback["code"].startswith("cs_ac_")
    async with opened.context().reading() as work:
        user = await work.users.find_by_identity(IdentityType.EMAIL, ADA)
        assert (user.total_sign_ins, user.failed_sign_ins) == (13, 0)
        assert (await work.passwords.find(user.id)).failures == 0


async def test_a_forgotten_password_costs_as_much_for_nobody_as_for_somebody(opened, application):
    await sign_up(Browser(opened), application, ADA)
    statements = {}
    for address in (ADA, NOBODY):
        browser, page = await at_password(opened, application, address)
        page = await browser.click(page, "forgot-link")
        async with Cost(opened) as cost:
            page = await browser.send(page, p_email=address)
        assert page.step == "verify"
        statements[address] = cost.kinds
    assert len(statements[ADA]) == len(statements[NOBODY]) > 4, statements


async def test_a_password_for_which_there_is_no_room_writes_nothing(opened, application):
    """Y03, R-24: who is told to come again has not tried."""
    await sign_up(Browser(opened), application, ADA)
    browser, page = await at_password(opened, application, ADA)
    hashing, gate = opened.platform.password_hashing, threading.Event()
    places = hashing.threads * (1 + WAITING_PER_THREAD)
    async with Counted(opened.platform.database.engine) as counted:
        waiting = [asyncio.create_task(hashing._run(gate.wait)) for _ in range(places)]
        await asyncio.sleep(0)
        refused = [await browser.send(page, p_password=PASSWORD) for _ in range(2)]
        gate.set()
    await asyncio.gather(*waiting)
    assert {(each.status, each.response.headers["retry-after"]) for each in refused} == {(503, "1")}
    assert counted.writes == 0
    assert (await browser.send(page, p_password=PASSWORD)).callback["code"]


async def test_guesses_are_counted_by_where_they_come_from(opened, application, monkeypatch):
    monkeypatch.setattr(rules, "ADDRESS_LIMIT", 4)
    browser = Browser(opened)
    page = await browser.begin(application)
    statuses = []
    for number in range(6):
        answer = await browser.http.post(
            page.form("continue")["action"],
            data={**page.form("continue")["fields"], "p_email": f"{number}@example.com"},
            headers=OWN_PAGE,
        )
        statuses.append(answer.status_code)
        page = await browser.begin(application)
    assert statuses == [303] * 4 + [429] * 2
    opened.clock.move(rules.WINDOW_SECONDS)
    assert (await browser.send(page, p_email=ADA)).step == "password"


async def test_guesses_are_counted_by_whom_they_are_about(opened, application, monkeypatch):
    monkeypatch.setattr(rules, "IDENTITY_LIMIT", 3)
    seen = []
    for _ in range(5):
        _, page = await at_password(opened, application, ADA)
        seen.append((page.status, page.step))
    assert seen == [(200, "password")] * 3 + [(429, "sign-in")] * 2
    _, page = await at_password(opened, application, NOBODY)
    assert page.step == "password"


async def test_of_several_who_sign_up_with_one_address_at_once_one_wins(opened, application):
    pages = []
    for _ in range(4):
        browser = Browser(opened)
        page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **NAMES)
        page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
        assert page.step == "set-password"
        opened.clock.move(1)
        pages.append((browser, page))
    both = {"p_first_password": PASSWORD, "p_second_password": PASSWORD}
    ended = await asyncio.gather(*(browser.send(page, **both) for browser, page in pages))
    assert sorted(page.status for page in ended) == [303, 409, 409, 409]
    [only] = (await users.list_users(opened.context())).items
    assert len(only.identities) == 1


async def test_one_form_sent_several_times_at_once_signs_up_once(opened, application):
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **NAMES)
    page = await browser.send(page, p_confirmation_code=(await codes_sent(opened, ADA))[0])
    both = {"p_first_password": PASSWORD, "p_second_password": PASSWORD}
    ended = await asyncio.gather(*(browser.send(page, **both) for _ in range(4)))
    assert [page.status for page in ended].count(303) == 1
    assert len((await users.list_users(opened.context())).items) == 1


async def test_a_code_is_of_no_use_in_another_browser(opened, application):
    browser, thief = Browser(opened), Browser(opened)
    page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **NAMES)
    code = (await codes_sent(opened, ADA))[0]
    form = page.form("continue")
    await thief.begin(application)
    sent = {**form["fields"], "p_confirmation_code": code}
    stolen = await thief.http.post(form["action"], data=sent, headers=OWN_PAGE)
    assert stolen.status_code in (403, 404)
    assert (await browser.send(page, p_confirmation_code=code)).step == "set-password"


async def test_one_code_taken_by_several_at_once_is_good_once(opened, application):
    browser = Browser(opened)
    page = await browser.send(await browser.begin(application, prompt="create"), p_email=ADA, **NAMES)
    code = (await codes_sent(opened, ADA))[0]
    answers = await asyncio.gather(*(browser.send(page, p_confirmation_code=code) for _ in range(4)))
    assert [answer.step for answer in answers].count("set-password") >= 1
    both = {"p_first_password": PASSWORD, "p_second_password": PASSWORD}
    good = next(answer for answer in answers if answer.step == "set-password")
    assert "code" in (await browser.send(good, **both)).callback


async def test_a_session_from_before_a_sign_in_opens_nothing_after_it(opened, application):
    browser = Browser(opened)
    await sign_up(browser, application, ADA)
    planted = dict(browser.http.cookies)
    page = await browser.send(await browser.begin(application, prompt="login"), p_email=ADA)
    assert "code" in (await browser.send(page, p_password=PASSWORD)).callback
    assert all(browser.http.cookies[name] != value for name, value in planted.items() if "sso" in name)
    other = Browser(opened)
    for name, value in planted.items():
        other.http.cookies.set(name, value, domain="127.0.0.1")
    assert (await other.begin(application)).step == "sign-in"


@pytest.mark.parametrize(
    "path",
    [
        *(f"/auth/{step}" for step in ("sign-in", "error", "signed-out", "sign-out", "passkeys", "nothing")),
        *("/auth/security", "/auth/applications", "/auth/security/app", "/auth/security/mail"),
        *("/device", "/device?user_code=BCDFGHJK", "/portal/profile", "/portal/left", "/portal_redirect"),
        *("/console", "/console/applications", "/console/nothing", "/console/link/unknown"),
    ],
)
async def test_no_page_can_be_put_into_a_frame(opened, path):
    answer = await Browser(opened).http.get(path)
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
